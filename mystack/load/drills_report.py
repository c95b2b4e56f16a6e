"""The outcome of a drill, beside what an availability of 99.9 % allows in a month."""

from collections.abc import Sequence
from dataclasses import dataclass

from mystack.load.calls import NO_ANSWER, Result
from mystack.load.overload import quantile

AVAILABILITY = 0.999
MONTH_SECONDS = 30 * 24 * 3600
BUDGET_SECONDS = (1 - AVAILABILITY) * MONTH_SECONDS
SERVER_ERROR = 500
COLUMNS = ("requests", "failed", "from first to last, s", "p99 of the others, s", "as an outage, s", "times a month")


@dataclass(frozen=True)
class Outcome:
    """What the requests of a drill met, at `rate` per second."""

    name: str
    results: Sequence[Result]
    rate: float

    @property
    def failed(self) -> Sequence[Result]:
        """The requests that failed."""
        return [each for each in self.results if is_failure(each)]

    @property
    def spread(self) -> float:
        """Seconds from the first failure to the last; 0 without one."""
        due = [each.due for each in self.failed]
        return max(due) - min(due) if due else 0.0

    @property
    def outage(self) -> float:
        """Seconds of a complete outage in which as many requests would have failed."""
        return len(self.failed) / self.rate

    @property
    def p99(self) -> float:
        """Seconds of the 99th percentile of what was answered."""
        return quantile([each.seconds for each in self.results if not is_failure(each)], 0.99)

    @property
    def a_month(self) -> str:
        """How often it may happen in a month, if nothing else does."""
        return f"{int(BUDGET_SECONDS / self.outage):,}" if self.failed else "any number"


def is_failure(result: Result) -> bool:
    """Without an answer, or with an error of the server: also those that are told to come again."""
    return result.status == NO_ANSWER or result.status >= SERVER_ERROR


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as Markdown."""
    lines = [f"| drill | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for each in outcomes:
        cells = [
            str(len(each.results)),
            str(len(each.failed)),
            f"{each.spread:.1f}",
            f"{each.p99:.1f}",
            f"{each.outage:.1f}",
            each.a_month,
        ]
        lines.append(f"| {each.name} | {' | '.join(cells)} |")
    return "\n".join(lines)
