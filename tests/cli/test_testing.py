"""`mystack test` counts what pytest reports, and fails when a suite has no test."""

from pathlib import Path

import pytest

from mystack.project import Refusal
from mystack.testing import Outcome, _chosen, _is_failure, run_suite

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
    outcome = run_suite(tmp_path, ["-q", "-p", "no:cacheprovider"])
    assert (outcome.status, outcome.passed, outcome.failed, outcome.skipped) == (1, 1, 1, 1)


def test_no_test_at_all_is_a_failure_unless_some_were_asked_for() -> None:
    empty = Outcome("suite", 5)
    assert _is_failure(empty, [])
    assert not _is_failure(empty, ["-k", "upload"])


def test_a_layer_and_pytest_arguments_are_told_apart() -> None:
    folders, options = _chosen(["1", "-k", "upload"])
    assert ([folder.name for folder in folders], options) == (["layer1_basic_api"], ["-k", "upload"])
    assert _chosen(["-x"])[1] == ["-x"]
    with pytest.raises(Refusal, match="neither a layer"):
        _chosen(["upload"])
