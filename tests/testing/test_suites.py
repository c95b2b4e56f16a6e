"""`mystack test` counts what pytest reports, and fails when a suite has no test."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from mystack.project import ROOT, Refusal, all_layers
from mystack.testing.app import chosen, is_failure
from mystack.testing.handover import Record
from mystack.testing.outcomes import Case, Outcome
from mystack.testing.suites import Suite, processors, run_suite, run_suites
from mystack.testing.summary import report

TESTS = """
import pytest
def test_passes(): pass
def test_fails(): assert False
@pytest.mark.skip(reason="there is no such part")
def test_is_skipped(): pass
"""
QUIET = ["-q", "-p", "no:cacheprovider", "-p", "no:schemathesis"]


def suite(folder: Path, name: str, wave: int = 0) -> Suite:
    (folder / name / "tests").mkdir(parents=True)
    (folder / name / "tests" / f"test_{name}.py").write_text(TESTS)
    return Suite(name, folder / name, wave=wave)


def test_a_suite_is_counted(tmp_path: Path) -> None:
    outcome = run_suite(suite(tmp_path, "one"), QUIET, tmp_path / "results")
    assert (outcome.status, outcome.passed, outcome.failed, outcome.skipped) == (1, 1, 1, 1)
    assert [case.name for case in outcome.cases if case.skipped] == ["tests/test_one.py::test_is_skipped"]
    failed = {case.name: case.failed for case in outcome.cases if case.failed}
    assert failed == {"tests/test_one.py::test_fails": "assert False"}


def test_suites_run_together_with_their_names_before_each_line_and_later_waves_after_them(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    suites = [suite(tmp_path, name, wave=int(name == "three")) for name in ("one", "two", "three")]
    outcomes = run_suites(suites, QUIET, tmp_path / "results")
    assert [(it.suite, it.passed, it.failed) for it in outcomes] == [("one", 1, 1), ("two", 1, 1), ("three", 1, 1)]
    lines = [line for line in capfd.readouterr().out.splitlines() if "FAILED" in line]
    failed = [line.split(" - ")[0] for line in lines]
    assert sorted(failed[:2]) == [f"{name} │ FAILED tests/test_{name}.py::test_fails" for name in ("one", "two")]
    assert failed[2:] == ["FAILED tests/test_three.py::test_fails"], "it must come after the others"


def test_the_summary_names_the_slowest_tests_and_why_tests_were_skipped() -> None:
    cases = [Case(f"tests/test_it.py::test_{seconds}", seconds) for seconds in range(20)]
    outcome = Outcome("it", 0, total=21, skipped=1, cases=(*cases, Case("tests/test_it.py::test_not", 0, "no engine")))
    output = StringIO()
    report(Console(file=output, width=120), [outcome])
    lines = output.getvalue().splitlines()
    slowest = [line.split()[0] for line in lines if "tests/test_it.py::test_" in line]
    assert slowest == [f"{seconds}.0" for seconds in range(19, 9, -1)]
    assert "1 skipped: no engine" in lines
    assert lines[-1] == "20 passed, 0 failed, 1 skipped"


def test_the_summary_ends_with_the_tests_that_failed() -> None:
    outcome = Outcome("it", 1, total=1, failed=1, cases=(Case("tests/test_it.py::test_one", 1.0, failed="1 == 2"),))
    output = StringIO()
    report(Console(file=output, width=120), [outcome])
    assert output.getvalue().splitlines()[-2:] == [
        "failed: it tests/test_it.py::test_one: 1 == 2",
        "0 passed, 1 failed, 0 skipped",
    ]


def test_a_suite_that_broke_off_is_named_and_counted() -> None:
    output = StringIO()
    report(Console(file=output, width=120), [Outcome("it", 3), Outcome("other", 0, total=1)])
    assert output.getvalue().splitlines()[-2:] == [
        "failed: it: it ended with status 3 and no failed test; see its output",
        "1 passed, 1 failed, 0 skipped",
    ]


def test_no_test_at_all_is_a_failure_unless_some_were_asked_for_or_all_ran_in_the_newest_layer() -> None:
    empty = Outcome("suite", 5)
    assert is_failure(empty, [])
    assert not is_failure(empty, ["-k", "upload"])
    assert not is_failure(Outcome("suite", 5, record=Record(same_in_newest=3)), [])


def test_a_layer_and_pytest_arguments_are_told_apart() -> None:
    suites, options = chosen(["1", "-k", "upload"])
    assert [suite.collected for suite in suites] == [("tests",)]
    assert ([suite.name for suite in suites], options) == (["layer1_basic_api"], ["-k", "upload"])
    assert chosen(["-x"])[1] == ["-x"]
    assert [suite.name for suite in chosen(["cli", "-x"])[0]] == ["tests/cli"]
    with pytest.raises(Refusal, match="neither a layer"):
        chosen(["upload"])


def test_without_arguments_the_newest_layer_and_a_smoke_test_of_each_layer_run() -> None:
    suites, _ = chosen([])
    newest = all_layers()[-1].folder
    assert {suite.folder for suite in suites if suite.folder != ROOT} == {newest}
    assert "tests/smoke" in [suite.name for suite in suites]


def test_all_runs_every_layer_and_every_folder_of_tests_with_browsers_and_then_load_at_the_end() -> None:
    suites, _ = chosen([], everything=True)
    names = [suite.name for suite in suites]
    assert {layer.folder for layer in all_layers()} <= {suite.folder for suite in suites}
    assert {f"tests/{path.parent.name}" for path in Path(__file__).parents[1].glob("*/test_*.py")} <= {
        suite.name.partition(" ")[0] for suite in suites
    }
    assert [suite.name.partition(" ")[0] for suite in suites if suite.wave == 1] == ["tests/browser"] * processors()
    assert [suite.name for suite in suites if suite.wave == 2] == names[-1:] == ["tests/load"]


def test_a_suite_is_split_into_parts_of_about_the_same_size_that_hold_every_test(tmp_path: Path) -> None:
    sizes = {"chat/test_a.py": 60, "parsing/test_b.py": 50, "test_c.py": 30, "text/test_d.py": 10, "text/words.py": 99}
    for name, size in sizes.items():
        (tmp_path / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tests" / name).write_text("#" * size)
    whole = Suite("one", tmp_path)
    assert [(it.name, it.collected) for it in whole.split(2)] == [
        ("one 1/2", ("tests/chat", "tests/text")),
        ("one 2/2", ("tests/parsing", "tests/test_c.py")),
    ]
    assert whole.split(1) == [whole]
