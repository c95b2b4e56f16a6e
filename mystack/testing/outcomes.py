"""What pytest reports of a suite, read from its JUnit file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from mystack.testing.handover import Record


@dataclass(frozen=True)
class Case:
    """One test."""

    name: str
    seconds: float
    skipped: str = ""
    """Why it was skipped."""
    failed: str = ""
    """The first line of its error."""


@dataclass(frozen=True)
class Outcome:
    """How a suite ended; `status` is pytest's exit status."""

    suite: str
    status: int
    total: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    record: Record = field(default_factory=Record)
    cases: tuple[Case, ...] = ()

    @property
    def passed(self) -> int:
        return self.total - self.failed - self.skipped


def read_outcome(name: str, status: int, junit: Path, record: Record) -> Outcome:
    """The outcome of a suite; one without tests if pytest wrote no JUnit file."""
    if not junit.exists():
        return Outcome(name, status, record=record)
    suite = next(ElementTree.parse(junit).iter("testsuite"))
    total, skipped = int(suite.attrib["tests"]), int(suite.attrib["skipped"])
    failed = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
    return Outcome(name, status, total, failed, skipped, float(suite.attrib["time"]), record, tuple(_cases(suite)))


def read_cases(junit: Path) -> tuple[Case, ...]:
    """The tests in a JUnit file."""
    return tuple(_cases(next(ElementTree.parse(junit).iter("testsuite"))))


def _cases(suite: ElementTree.Element) -> Iterator[Case]:
    for case in suite.iter("testcase"):
        name = f"{case.attrib['classname'].replace('.', '/')}.py::{case.attrib['name']}"
        skipped, failed = _reason(case, "skipped"), _reason(case, "failure") or _reason(case, "error")
        yield Case(name, float(case.attrib["time"]), skipped, failed)


def _reason(case: ElementTree.Element, kind: str) -> str:
    """The first line of a test's `skipped`, `failure` or `error`; "" if it has none."""
    found = case.find(kind)
    lines = [] if found is None else found.attrib.get("message", "").splitlines()
    return "" if found is None else next(iter(lines), "no reason")
