"""`mystack test --all`: what runs in the newest layer alone, where one test of a file runs, and how that is counted."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from mystack.testing.choice import same_in_newest
from mystack.testing.closures import digest
from mystack.testing.coverage import report_coverage
from mystack.testing.suites import Suite
from mystack.testing.summary import report
from tests.testing.conftest import FOLDERS, Layers

ONE, TWO, THREE = FOLDERS


def test_every_suite_passes(layers: Layers) -> None:
    assert {(it.status, it.failed) for it in layers.outcomes} == {(0, 0)}


def test_a_file_runs_in_full_where_it_was_born_and_in_the_newest_layer_and_one_test_of_it_between(
    layers: Layers,
) -> None:
    assert layers.ran("test_wired") == {ONE: 4, TWO: 1, THREE: 4}
    assert layers.ran("test_second") == {ONE: 0, TWO: 4, THREE: 4}


def test_a_test_that_depends_on_the_same_files_runs_in_the_newest_layer_alone(layers: Layers) -> None:
    assert layers.ran("test_text") == {ONE: 0, TWO: 0, THREE: 3}


@pytest.mark.parametrize("name", ["by_name", "after_it", "opened", "fixture", "indirect"])
def test_a_test_that_depends_on_a_file_that_differs_runs_everywhere(layers: Layers, name: str) -> None:
    assert layers.ran(f"test_{name}") == {ONE: 1, TWO: 1, THREE: 1}


@pytest.mark.parametrize("name", ["process", "listed"])
def test_a_test_whose_dependencies_are_not_known_runs_everywhere(layers: Layers, name: str) -> None:
    assert layers.ran(f"test_{name}") == {ONE: 1, TWO: 1, THREE: 1}


def test_a_closure_names_the_files_with_their_hashes(layers: Layers) -> None:
    records = [json.loads(path.read_text()) for path in (layers.root / "results").glob(f"{THREE}*.record.json")]
    closures = {test: closure for record in records for test, closure in record["closures"].items()}
    closure = closures["tests/test_text.py"]
    assert set(closure) == {"api/__init__.py", "api/text.py", "tests/conftest.py", "tests/test_text.py"}
    assert all(len(known) == 64 for known in closure.values())
    assert closures["tests/test_process.py"] is None


def test_the_summary_counts_what_was_left_out(layers: Layers) -> None:
    left_out = {it.suite: (it.record.same_in_newest, it.record.elsewhere) for it in layers.outcomes}
    assert (left_out[ONE], left_out[TWO]) == ((3, 0), (3, 3))
    assert {counts for suite, counts in left_out.items() if suite.startswith(THREE)} == {(0, 0)}
    output = StringIO()
    report(Console(file=output, width=200), layers.outcomes)
    assert "elsewhere" in output.getvalue()
    assert "same in newest" in output.getvalue()
    total = sum(it.passed for it in layers.outcomes)
    assert output.getvalue().splitlines()[-1] == f"{total} passed, 0 failed, 0 skipped"


def test_the_results_of_every_suite_are_kept(layers: Layers) -> None:
    kept = {path.stem.partition("-")[0] for path in (layers.root / "results").glob("*.xml")}
    assert kept == set(FOLDERS)


def test_the_newest_layers_coverage_is_printed_and_held(layers: Layers) -> None:
    output, results = StringIO(), layers.root / "results"
    measured = [path.name.removesuffix(".coverage.json") for path in results.glob(f"{THREE}*.coverage.json")]
    suites = [Suite(name, layers.root / THREE, covers=True) for name in measured]
    assert report_coverage(Console(file=output), suites, least=100, results=results)
    assert "Branch coverage of layer3_three/api: 100.0 %" in output.getvalue()
    assert not report_coverage(Console(file=output), suites, least=100.1, results=results)
    nothing = [Suite("absent", layers.root / THREE, covers=True)]
    assert not report_coverage(Console(file=output), nothing, least=1, results=layers.root / "absent")


def test_another_content_and_a_conftest_that_the_newest_layer_lacks_make_a_test_run(tmp_path: Path) -> None:
    test = tmp_path / "tests" / "text" / "test_text.py"
    test.parent.mkdir(parents=True)
    test.write_text("def test_text(): pass")
    closures = {"tests/text/test_text.py": {"tests/text/test_text.py": digest(test)}}
    assert same_in_newest(tmp_path, closures) == {"tests/text/test_text.py"}
    (test.parent / "conftest.py").touch()
    assert same_in_newest(tmp_path, closures) == set()
    (test.parent / "conftest.py").unlink()
    test.write_text("def test_text(): assert True")
    assert same_in_newest(tmp_path, closures) == set()
