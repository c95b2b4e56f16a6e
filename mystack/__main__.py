"""`mystack`, and `python -m mystack`: the command line, whenever it is interrupted."""

import signal
import sys
from io import TextIOWrapper

INTERRUPTED = 130


def main() -> None:
    """Become the verb that the command line names."""
    try:
        from mystack.cli import app

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal that lacks a character of an answer shows a ?
        app(prog_name="mystack")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left to do is ended by no second Ctrl-C


if __name__ == "__main__":
    main()
