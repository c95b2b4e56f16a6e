"""A release: one commit of the repository in a folder of its own, and an interpreter that has its packages."""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mystack.project import ROOT, Layer, Refusal, all_layers

LAST_LINES = 8
PACKAGES = ("pyproject.toml", "constraints.txt")
WEIGHTS = "requirements-weights.txt"


@dataclass(frozen=True)
class Release:
    """`name` is the tag or the short id of its commit."""

    name: str
    folder: Path
    python: Path

    @property
    def layer(self) -> Layer:
        """The newest layer in it."""
        return all_layers(self.folder)[-1]

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """`env`, in which the release's own command comes before any other that is installed."""
        return dict(env) | {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, arguments: Sequence[str], env: Mapping[str, str]) -> str:
        """The output of a Python module, run in the layer's folder. Refuses one that fails, with its last lines."""
        command = [str(self.python), "-m", *arguments]
        return run(command, cwd=self.layer.folder, env=self.environment(env), what=arguments[0])


def unpacked(repository: Path, reference: str, home: Path) -> Release:
    """The release of a commit, tag or branch, unpacked below `home` if it is not yet. Refuses an unknown reference."""
    try:
        found = git(repository, "rev-parse", "--verify", "--end-of-options", f"{reference}^{{commit}}")
    except Refusal as refusal:
        raise Refusal(f"{reference} is no tag, branch or commit of {repository} ({refusal})") from refusal
    commit = found.decode().strip()
    name = git(repository, "describe", "--tags", "--always", commit).decode().strip()
    folder = home / "releases" / commit
    if not folder.exists():
        _extract(git(repository, "archive", commit), folder)
    layers = all_layers(folder)
    if not layers or not (layers[-1].folder / "api" / "entrypoints" / "migrate.py").exists():
        raise Refusal(f"{name} cannot be deployed: releases begin with layer 5")
    return Release(name, folder, _interpreter(folder, layers[-1], home))


def git(repository: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=False)
    if done.returncode:
        raise Refusal(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def forget_others(home: Path, kept: Sequence[Release]) -> None:
    """Delete the folders of releases that are not among `kept`."""
    for folder in (home / "releases").iterdir():
        if folder not in [release.folder for release in kept]:
            shutil.rmtree(folder, ignore_errors=True)


def _extract(archive: bytes, folder: Path) -> None:
    """Whole or not at all: the folder gets its name when it is complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            # Python has the filter from 3.11.4 on; the archive is git's own.
            tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
            tar.extractall(Path(partial, "release"))  # noqa: S202
        Path(partial, "release").rename(folder)


def _interpreter(folder: Path, layer: Layer, home: Path) -> Path:
    """This one, if the release needs the packages of this checkout; else that of an environment of its own."""
    wanted = _fingerprint(folder, layer.folder.name)
    if wanted == _fingerprint(ROOT, layer.folder.name):
        return Path(sys.executable)
    venv = home / "environments" / wanted[:16]
    python, stamp = venv / "bin" / "python", venv / "installed"
    if not stamp.exists():
        run([sys.executable, "-m", "venv", "--clear", str(venv)], cwd=folder, what="the environment")
        pip = [
            str(python),
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "-c",
            "constraints.txt",
        ]
        run([*pip, f".[{layer.extra}]"], cwd=folder, what="the packages of the release")
        if (layer.folder / WEIGHTS).exists():
            weights = str(layer.folder / WEIGHTS)
            run([*pip, "--no-deps", "-r", weights], cwd=folder, what="the embedding model of the release")
        stamp.touch()
    return python


def _fingerprint(root: Path, layer: str) -> str:
    """A hash of the files that decide which packages a layer has."""
    files = [*(root / name for name in PACKAGES), *sorted((root / layer).glob("requirements*.txt"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files if path.exists())).hexdigest()


def run(command: Sequence[str], *, cwd: Path, what: str, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        lines = "\n".join(f"  {line}" for line in done.stdout.strip().splitlines()[-LAST_LINES:])
        raise Refusal(f"{what} failed:\n{lines}")
    return done.stdout.strip()
