"""The tools, each in an environment of its own under .mystack/clients, made once."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mystack.project import ROOT

SWITCH = "MYSTACK_OPENAPI_CLIENTS"
HOME = ROOT / ".mystack" / "clients"
TOOLS = Path(__file__).parent / "tools"
INSTALL_SECONDS = 600

on_request = pytest.mark.skipif(not os.environ.get(SWITCH), reason="run `make test-openapi`")
"""Marks tests that need the tools: installing them takes minutes and a network."""
patient = pytest.mark.timeout(INSTALL_SECONDS)
"""Marks tests that may have to install a tool first."""


def python_environment(name: str) -> Path:
    """The folder of the programs of an environment with the packages of `tools/NAME.txt`."""
    folder, requirements = HOME / name, TOOLS / f"{name}.txt"
    if _is_stale(folder, requirements):
        run([sys.executable, "-m", "venv", "--clear", str(folder)])
        run([str(folder / "bin" / "pip"), "install", "--quiet", "--no-input", "-r", str(requirements)])
        _stamp(folder, requirements)
    return folder / "bin"


def node_tools() -> Path:
    """The folder of the programs of `tools/package.json`."""
    folder, package = HOME / "node", TOOLS / "package.json"
    if _is_stale(folder, package):
        if not shutil.which("npm"):
            pytest.fail("npm is not installed (Debian, Ubuntu: apt install npm)")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(package, folder)
        run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], cwd=folder)
        _stamp(folder, package)
    return folder / "node_modules" / ".bin"


def run(command: Sequence[str], cwd: Path | None = None, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program without this environment's packages; a failure shows its output. `path`: a folder of programs."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env["PATH"] = f"{path}{os.pathsep}{env['PATH']}" if path else env["PATH"]
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done


def _is_stale(folder: Path, wanted: Path) -> bool:
    stamp = folder / "installed"
    return not stamp.is_file() or stamp.read_text() != _fingerprint(wanted)


def _stamp(folder: Path, wanted: Path) -> None:
    (folder / "installed").write_text(_fingerprint(wanted))


def _fingerprint(wanted: Path) -> str:
    return hashlib.sha256(sys.version.encode() + wanted.read_bytes()).hexdigest()
