"""An environment for each peer, made once and used again as long as its requirements are the same."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers.registry import Peer

INSTALL_SECONDS = 1200.0


class NotInstalled(Exception):
    """A peer could not be installed; the message is pip's last error."""


def prepared(peer: Peer, home: Path, on_progress: Callable[[str], None]) -> Path:
    """The Python of the peer's environment in the folder `home`. Raises `NotInstalled`."""
    folder = home / peer.key
    python, stamp = folder / "bin" / "python", folder / "installed"
    wanted = _fingerprint(peer)
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    on_progress(f"installing {peer.name} in an environment of its own, once")
    home.mkdir(parents=True, exist_ok=True)
    with (home / f"{peer.key}.log").open("w+", encoding="utf-8") as log:
        _run([sys.executable, "-m", "venv", "--clear", str(folder)], log.fileno())
        _run([str(python), *_pip(peer)], log.fileno())
    stamp.write_text(wanted)
    return python


def _pip(peer: Peer) -> list[str]:
    command = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", str(peer.requirements)]
    if os.environ.get("TORCH_INDEX_URL"):
        command += ["--extra-index-url", os.environ["TORCH_INDEX_URL"]]
    return command


def _run(command: list[str], log: int) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    begin = os.lseek(log, 0, os.SEEK_END)
    try:
        done = subprocess.run(command, env=environment, stdout=log, stderr=log, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"not within {INSTALL_SECONDS:g} s") from error
    if done.returncode:
        lines = os.pread(log, 1_000_000, begin).decode(errors="replace").strip().splitlines()
        errors = [line for line in lines if line.startswith("ERROR")] or lines or ["pip failed without a message"]
        raise NotInstalled(errors[-1].removeprefix("ERROR: "))


def _fingerprint(peer: Peer) -> str:
    text = f"{sys.version}\n{peer.requirements.read_text(encoding='utf-8')}"
    return hashlib.sha256(text.encode()).hexdigest()
