"""`python -m mystack` is `mystack`."""

import sys

try:
    from mystack.cli import app
except KeyboardInterrupt:
    sys.exit(130)

app(prog_name="mystack")
