"""`mystack`, and `python -m mystack`: the command line. Refusals and Ctrl-C become exit statuses here."""

import importlib
import signal
import sys
from io import TextIOWrapper

INTERRUPTED = 130
REFUSED = 2


def main(module: str = "mystack.cli", name: str = "mystack") -> None:
    """Run the Typer `app` of a module under that name."""
    try:
        _run(module, name)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the cleanup


def _run(module: str, name: str) -> None:
    from mystack.project import Refusal

    app = importlib.import_module(module).app
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character of an answer shows a ?
    try:
        app(prog_name=name)
    except Refusal as refusal:
        sys.stderr.write(f"mystack: {refusal}\n")
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
