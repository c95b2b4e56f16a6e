"""The set-up shows one line per step: updated in place on a terminal, printed once elsewhere."""

import io

import pytest

from mystack.setup_steps import ERASE_LINE, PipSteps, Steps

COLLECTING = "Collecting typer>=0.29 (from mystack)\n  Using cached typer.whl\nCollecting rich>=15\n"
INSTALLING = "Installing collected packages: rich, typer, mystack\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def set_up(out: io.StringIO) -> None:
    installed = iter([0, 2, 3])
    steps = Steps(3, out)
    steps.begin("creating .venv", "5 s")
    pip = PipSteps(steps, lambda: next(installed), "1 min", "15 s")
    for output in ("", COLLECTING, COLLECTING, COLLECTING + INSTALLING, COLLECTING + INSTALLING):
        pip(output)
    steps.finish()


def test_elsewhere_than_on_a_terminal_each_step_is_one_line() -> None:
    set_up(out := io.StringIO())
    assert out.getvalue().splitlines() == [
        "mystack: 1 of 3: creating .venv (usually 5 s)",
        "mystack: 2 of 3: downloading packages (usually 1 min)",
        "mystack: 3 of 3: installing 3 packages (usually 15 s)",
        "mystack: set up in 0 s",
    ]


def test_a_terminal_shows_the_progress_of_each_step_in_place() -> None:
    set_up(out := Terminal())
    lines = [line.split(ERASE_LINE)[1:] for line in out.getvalue().split("\n")]
    assert lines[0] == ["mystack: 1 of 3: creating .venv (usually 5 s)", "mystack: 1 of 3: creating .venv, done in 0 s"]
    assert "mystack: 2 of 3: downloading packages … 2, rich (usually 1 min)" in lines[1]
    assert "mystack: 3 of 3: installing 3 packages … 2/3 (usually 15 s)" in lines[2]
    assert lines[2][-1] == "mystack: 3 of 3: installing 3 packages, done in 0 s"
    assert out.getvalue().endswith("\nmystack: set up in 0 s\n")


def test_a_line_never_exceeds_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    set_up(out := Terminal())
    shown = [part for line in out.getvalue().split("\n") for part in line.split(ERASE_LINE)]
    assert max(map(len, shown)) < 40


def test_an_interrupted_step_ends_its_line() -> None:
    steps = Steps(2, out := Terminal())
    steps.begin("creating .venv", "5 s")
    steps.interrupt()
    assert out.getvalue().endswith("creating .venv (usually 5 s)\n")
