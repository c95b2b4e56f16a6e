"""`make locust`: Locust, in an environment of its own, on a running service."""

import subprocess
import sys

from rich.console import Console

from mystack.child import stop_on_signals
from mystack.own_environment import environment_of, kept_variables
from mystack.project import ROOT

VENV = ROOT / ".mystack" / "locust-venv"
FOLDER = ROOT / "tests" / "load" / "locust"
FILE = ROOT / "tests" / "load" / "locustfile.py"
INTERRUPTED = 130
DEFAULTS = ("--host", "http://127.0.0.1:8000", "--users", "100", "--spawn-rate", "20", "--run-time", "1m")


def main(arguments: list[str]) -> int:
    """Run Locust without its page; later options win over the defaults. Returns its status: 1 after failures."""
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    try:
        python = environment_of("Locust", FOLDER, VENV, console)
        command = [str(python), "-m", "locust", "--headless", "--only-summary", "--locustfile", str(FILE)]
        return subprocess.run([*command, *DEFAULTS, *arguments], env=kept_variables("LOCUST_"), check=False).returncode
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
