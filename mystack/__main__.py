"""`python -m mystack` is `mystack`."""

from mystack.cli import app

app(prog_name="mystack")
