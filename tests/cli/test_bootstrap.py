"""The way from a fresh clone to a running command, and what it says when the machine lacks something."""

import os
import re
import shutil
import sys
import time
from pathlib import Path

import pytest

from mystack.project import ROOT
from tests.cli.processes import run

BOOTSTRAP = [sys.executable, "-m", "mystack.bootstrap", "--for"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the set-up reads of the repository, with nothing set up yet."""
    for name in ("mystack/__init__.py", "mystack/project.py", "mystack/bootstrap.py", "Makefile"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "layer1_stub").mkdir()
    (tmp_path / "layer1_stub" / "requirements.txt").touch()
    (tmp_path / "pyproject.toml").write_text("this is no TOML")
    return tmp_path


def test_a_machine_without_python_is_told_so(clone: Path) -> None:
    (clone / "bin").mkdir()
    result = run([shutil.which("make") or "make", "run"], cwd=clone, env={"PATH": str(clone / "bin")})
    assert result.returncode == 2
    assert "Python 3.11 or newer is needed" in result.stderr


def test_an_old_python_is_refused(clone: Path) -> None:
    old = "import sys; sys.version_info = (3, 10); from mystack.bootstrap import main; main(['--for', '1', 'run'])"
    result = run([sys.executable, "-c", old], cwd=clone)
    assert (result.returncode, "Python 3.11 or newer is needed" in result.stderr) == (2, True)


def test_a_python_without_venv_is_told_what_to_install(clone: Path) -> None:
    (clone / "shadow").mkdir()
    (clone / "shadow" / "ensurepip.py").write_text("raise ImportError(name='ensurepip')")
    result = run([*BOOTSTRAP, "1", "run"], cwd=clone, env=os.environ | {"PYTHONPATH": str(clone / "shadow")})
    assert result.returncode == 2
    assert "lacks the module ensurepip" in result.stderr
    assert "Traceback" not in result.stderr


def test_ctrl_c_during_the_set_up_says_how_to_go_on(clone: Path) -> None:
    (clone / "shadow").mkdir()
    (clone / "shadow" / "ensurepip.py").write_text("raise KeyboardInterrupt")
    result = run([*BOOTSTRAP, "1", "run"], cwd=clone, env=os.environ | {"PYTHONPATH": str(clone / "shadow")})
    assert result.stderr == "mystack: stopped during the set-up; the next start goes on from here\n"
    assert result.returncode == 130


def test_an_unknown_layer_is_refused_before_anything_is_installed(clone: Path) -> None:
    result = run([*BOOTSTRAP, "7", "run", "7"], cwd=clone)
    assert (result.returncode, result.stderr) == (2, "mystack: there is no layer 7; here are 1\n")
    assert not (clone / ".venv").exists()


def test_a_failed_installation_is_one_sentence_and_not_remembered(clone: Path) -> None:
    result = run([*BOOTSTRAP, "", "run"], cwd=clone)
    assert result.returncode == 2
    assert result.stderr.endswith("the dependencies could not be installed; pip's messages above say why\n")
    assert not list((clone / ".venv").glob("installed-*"))


@pytest.mark.skipif(not list((ROOT / ".venv").glob("installed-*-dev")), reason="`make test` has not set this up")
def test_what_is_installed_costs_no_time_again() -> None:
    begun = time.monotonic()
    result = run([*BOOTSTRAP, "all", "--help"], cwd=ROOT)
    assert result.returncode == 0
    assert "Installing" not in result.stdout
    assert time.monotonic() - begun < 10


def test_help_lists_every_target() -> None:
    [targets] = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    listed = run(["make", "help"], cwd=ROOT).stdout
    assert [line.split()[1] for line in listed.splitlines()] == targets.split()
