"""What `mystack test` hands to its pytest plugin, and what the plugin hands back: two JSON files for each suite."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mystack.testing.closures import Closure

OPTION = "--selection"


@dataclass(frozen=True)
class Selection:
    """What a suite leaves out; test files are named relative to the suite's folder."""

    first_only: Sequence[str] = ()
    """Files of which each test runs with its first parameter only."""
    represented: Sequence[str] = ()
    """Files of which only the first test runs, with its first parameter."""
    left_out: Sequence[str] = ()
    """Files that do not run here, since the newest layer runs them on the same bytes."""
    record: bool = False
    """Whether to record the closures."""


@dataclass(frozen=True)
class Record:
    """What a suite reports beside its results."""

    elsewhere: int = 0
    """Tests that `first_only` and `represented` left out."""
    same_in_newest: int = 0
    """Tests of the files in `left_out`."""
    closures: dict[str, Closure | None] = field(default_factory=dict)
    """What each test file depends on; None when that is not known."""


def write(path: Path, content: Selection | Record) -> None:
    path.write_text(json.dumps(asdict(content), indent=1))


def read_selection(path: Path) -> Selection:
    return Selection(**json.loads(path.read_text()))


def read_record(path: Path) -> Record:
    """The record of a suite; an empty one when it left none, as after a crash."""
    return Record(**json.loads(path.read_text())) if path.exists() else Record()


def record_of(selection: Path) -> Path:
    """Where the record stands that belongs to a selection."""
    return selection.with_suffix(".record.json")
