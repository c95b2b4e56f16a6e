"""What `mystack test` prints at the end: the slowest tests, why some were skipped, what ran where, and what failed."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from rich.console import Console
from rich.table import Table

from mystack.testing.outcomes import Outcome

SLOWEST = 10
STATUS = {0: "ok", 5: "no tests"}
LEFT_OUT = {"elsewhere": "elsewhere", "same in newest": "same_in_newest"}
MEANING = """\
elsewhere: tests that `make test ALL=1` runs in the layer of their birth and in the newest layer.
same in newest: tests that the newest layer ran, where every file that they depend on is the same."""


def report(console: Console, outcomes: Sequence[Outcome]) -> None:
    """All of it; the last line holds the sums alone."""
    _slowest(console, outcomes)
    _skipped(console, outcomes)
    console.print(_table(outcomes))
    if any(it.record.elsewhere or it.record.same_in_newest for it in outcomes):
        console.print(MEANING, soft_wrap=True)
    _failed(console, outcomes)
    passed, failed, skipped = (sum(getattr(it, name) for it in outcomes) for name in ("passed", "failed", "skipped"))
    failed += sum(map(broke_off, outcomes))
    console.print(f"{passed} passed, {failed} failed, {skipped} skipped")


def broke_off(outcome: Outcome) -> bool:
    """Whether a suite failed as a whole: pytest did not start, or was killed."""
    return outcome.status not in STATUS and not outcome.failed


def _slowest(console: Console, outcomes: Sequence[Outcome]) -> None:
    timed = ((case.seconds, case.name) for outcome in outcomes for case in outcome.cases)
    console.print(f"\nThe {SLOWEST} slowest tests, in seconds:")
    for seconds, name in sorted(timed, reverse=True)[:SLOWEST]:
        console.print(f"{seconds:7.1f}  {name}", markup=False, soft_wrap=True)


def _skipped(console: Console, outcomes: Sequence[Outcome]) -> None:
    cases = chain.from_iterable(outcome.cases for outcome in outcomes)
    reasons = Counter(case.skipped for case in cases if case.skipped)
    for reason, number in reasons.most_common():
        console.print(f"{number} skipped: {reason}", markup=False, soft_wrap=True)


def _failed(console: Console, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if broke_off(outcome):
            line = f"failed: {outcome.suite}: it ended with status {outcome.status} and no failed test; see its output"
            console.print(line, markup=False, soft_wrap=True)
        for case in (case for case in outcome.cases if case.failed):
            console.print(f"failed: {outcome.suite} {case.name}: {case.failed}", markup=False, soft_wrap=True)


def _table(outcomes: Sequence[Outcome]) -> Table:
    """Columns for tests that were left out appear only if some were."""
    left_out = {name: [getattr(it.record, field) for it in outcomes] for name, field in LEFT_OUT.items()}
    shown = {name: counts for name, counts in left_out.items() if any(counts)}
    table = Table("suite", "passed", "failed", "skipped", *shown, "seconds", "status", title="\nTests")
    table.columns[0].no_wrap = True
    for index, it in enumerate(outcomes):
        cells = [it.passed, it.failed, it.skipped, *(counts[index] for counts in shown.values()), f"{it.seconds:.1f}"]
        table.add_row(it.suite, *map(str, cells), STATUS.get(it.status, f"failed ({it.status})"))
    return table
