"""The set-up of a fresh clone, and its messages when the machine lacks something or a step fails."""

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from mystack.bootstrap import LAST_LINES
from mystack.project import ROOT
from tests.cli.processes import alive, descendants, run, started, until

BOOTSTRAP = [sys.executable, "-m", "mystack.bootstrap", "--for"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that the set-up reads, with nothing set up yet."""
    for name in (
        "mystack/__init__.py",
        "mystack/project.py",
        "mystack/bootstrap.py",
        "mystack/setup_steps.py",
        "Makefile",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "layer1_stub").mkdir()
    (tmp_path / "layer1_stub" / "requirements.txt").touch()
    (tmp_path / "pyproject.toml").touch()  # and no constraints.txt, so that pip fails before it needs a network
    return tmp_path


def test_a_machine_without_python_gets_one_sentence(clone: Path) -> None:
    (clone / "bin").mkdir()
    result = run([shutil.which("make") or "make", "run"], cwd=clone, env={"PATH": str(clone / "bin")})
    assert result.returncode == 2
    assert "Python 3.11 or newer is needed" in result.stderr


def test_an_old_python_is_refused(clone: Path) -> None:
    old = "import sys; sys.version_info = (3, 10); from mystack.bootstrap import main; main(['--for', '1', 'run'])"
    result = run([sys.executable, "-c", old], cwd=clone)
    assert (result.returncode, "Python 3.11 or newer is needed" in result.stderr) == (2, True)


def test_a_python_without_venv_is_refused_with_what_to_install(clone: Path) -> None:
    (clone / "shadow").mkdir()
    (clone / "shadow" / "ensurepip.py").write_text("raise ImportError(name='ensurepip')")
    result = run([*BOOTSTRAP, "1", "run"], cwd=clone, env=os.environ | {"PYTHONPATH": str(clone / "shadow")})
    assert result.returncode == 2
    assert "lacks the module ensurepip" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_layer_is_refused_before_anything_is_installed(clone: Path) -> None:
    result = run([*BOOTSTRAP, "7", "run", "7"], cwd=clone)
    assert (result.returncode, result.stderr) == (2, "mystack: there is no layer 7; this checkout has 1\n")
    assert not (clone / ".venv").exists()


def test_a_failed_installation_names_the_log_with_its_last_lines_and_is_not_recorded(clone: Path) -> None:
    result = run([*BOOTSTRAP, "", "run"], cwd=clone)
    assert result.returncode == 2
    sentence, *lines = result.stderr.splitlines()
    assert sentence == (
        "mystack: the dependencies could not be installed; the last lines of .mystack/setup.log, which has the whole "
        "output:"
    )
    assert any("constraints.txt" in line for line in lines)
    assert all(line.startswith("  ") for line in lines)
    assert len(lines) <= LAST_LINES
    log = (clone / ".mystack" / "setup.log").read_text()
    assert [line.strip() for line in lines] == [line.strip() for line in log.strip().splitlines()[-len(lines) :]]
    assert not list((clone / ".venv").glob("installed-*"))


def test_a_failed_installation_shows_one_line_per_step(clone: Path) -> None:
    result = run([*BOOTSTRAP, "", "run"], cwd=clone)
    steps = ["1 of 4: creating .venv with Python", "2 of 4: updating pip"]
    lines = result.stdout.splitlines()
    assert len(lines) == len(steps)
    for line, step in zip(lines, steps, strict=True):
        assert line.startswith(f"mystack: {step}")
        assert "(usually " in line


def test_ctrl_c_during_the_set_up_ends_pip_and_says_how_to_continue(clone: Path) -> None:
    with started(["-m", "mystack.bootstrap", "--for", "", "run"], cwd=clone) as program:
        program.says("1 of 4: creating .venv")
        until(lambda: descendants(program.process.pid), 20, "venv runs")
        children = descendants(program.process.pid)
        assert program.send(signal.SIGINT) == 130
        assert "interrupted during the set-up; the next start continues from here" in program.text
        assert "Traceback" not in program.text
    until(lambda: not any(map(alive, children)), 10, "the children have ended")


@pytest.fixture
def prepared(clone: Path) -> Path:
    """A clone in which everything is installed."""
    run([sys.executable, "-m", "venv", clone / ".venv"])
    stamp = "from mystack import bootstrap as b; (b.VENV / 'installed-layer1-layer2').write_text(b._fingerprint())"
    assert run([sys.executable, "-c", stamp], cwd=clone).returncode == 0
    return clone


def test_a_second_start_skips_the_set_up_and_a_command_may_be_a_module(prepared: Path) -> None:
    result = run([*BOOTSTRAP, "", "-m", "json.tool", "--help"], cwd=prepared)
    assert result.returncode == 0
    assert result.stdout.startswith("usage: ")
    assert "json.tool" in result.stdout


def test_a_changed_requirement_is_installed_by_the_next_start(prepared: Path) -> None:
    (prepared / "layer1_stub" / "requirements.txt").write_text("fastapi\n")
    result = run([*BOOTSTRAP, "", "run"], cwd=prepared)
    assert result.stdout.startswith("mystack: 1 of 3: updating pip")


def test_help_lists_every_target() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    phony = [target for line in lines if line.startswith(".PHONY:") for target in line.split()[1:]]
    listed = run(["make", "help"], cwd=ROOT).stdout
    assert sorted(line.split()[1] for line in listed.splitlines()) == sorted(phony)
