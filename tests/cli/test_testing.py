"""`mystack test` counts what pytest reports, and fails when a suite has no test."""

from pathlib import Path

import pytest

from mystack.project import Refusal
from mystack.testing import Outcome, Suite, _chosen, _is_failure, run_suite, run_suites

SUITE = """
import pytest
def test_passes(): pass
def test_fails(): assert False
@pytest.mark.skip
def test_is_skipped(): pass
"""


def test_a_suite_is_counted(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(SUITE)
    outcome = run_suite(Suite("it", tmp_path), ["-q", "-p", "no:cacheprovider"])
    assert (outcome.status, outcome.passed, outcome.failed, outcome.skipped) == (1, 1, 1, 1)


def test_several_suites_run_together_and_every_line_says_of_which_it_is_but_one_that_runs_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    suites = [Suite(name, tmp_path / name, alone=name == "three") for name in ("one", "two", "three")]
    for name in ("one", "two", "three"):
        (tmp_path / name / "tests").mkdir(parents=True)
        (tmp_path / name / "tests" / f"test_{name}.py").write_text(SUITE)
    outcomes = run_suites(suites, ["-q", "-p", "no:cacheprovider"])
    assert [(it.suite, it.passed, it.failed) for it in outcomes] == [("one", 1, 1), ("two", 1, 1), ("three", 1, 1)]
    lines = [line for line in capfd.readouterr().out.splitlines() if "FAILED" in line]
    told = [line.split(" - ")[0] for line in lines]
    assert sorted(told[:2]) == [f"{name} │ FAILED tests/test_{name}.py::test_fails" for name in ("one", "two")]
    assert told[2:] == ["FAILED tests/test_three.py::test_fails"], "alone, and after the others"


def test_no_test_at_all_is_a_failure_unless_some_were_asked_for() -> None:
    empty = Outcome("suite", 5)
    assert _is_failure(empty, [])
    assert not _is_failure(empty, ["-k", "upload"])


def test_a_layer_and_pytest_arguments_are_told_apart() -> None:
    suites, options = _chosen(["1", "-k", "upload"])
    assert ([suite.name for suite in suites], options) == (["layer1_basic_api"], ["-k", "upload"])
    assert _chosen(["-x"])[1] == ["-x"]
    with pytest.raises(Refusal, match="neither a layer"):
        _chosen(["upload"])
