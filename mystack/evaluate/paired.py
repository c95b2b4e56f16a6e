"""Two runs over the same questions: which questions got better and worse, and whether that may be chance."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NORMAL_95 = 1.96


@dataclass(frozen=True)
class Change:
    """A question whose score differs between two runs."""

    question: str
    before: float
    after: float


@dataclass(frozen=True)
class Paired:
    """One score over the questions that both runs have."""

    score: str
    differences: Sequence[float]
    changes: Sequence[Change]

    @property
    def better(self) -> Sequence[Change]:
        return [change for change in self.changes if change.after > change.before]

    @property
    def worse(self) -> Sequence[Change]:
        return [change for change in self.changes if change.after < change.before]

    @property
    def p(self) -> float:
        """Of the exact sign test, two-sided: how likely so uneven a split is if both runs are equally good."""
        return sign_test(len(self.better), len(self.worse))

    @property
    def interval(self) -> tuple[float, float]:
        """The mean difference with 95 % confidence, by the normal approximation of paired differences."""
        mean = statistics.mean(self.differences)
        error = (
            statistics.stdev(self.differences) / math.sqrt(len(self.differences)) if len(self.differences) > 1 else 0
        )
        return mean - NORMAL_95 * error, mean + NORMAL_95 * error


def paired(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Paired]:
    """Both as the results of a run: questions are matched by their words, and equal ones by their order."""
    second = _by_question(after)
    both = [(key[0], scores, second[key]) for key, scores in _by_question(before).items() if key in second]
    names = dict.fromkeys(name for _, one, other in both for name in one if name in other)
    return [_paired(name, both) for name in names]


def sign_test(better: int, worse: int) -> float:
    """Two-sided, exact; 1 without any change."""
    changed = better + worse
    tail = sum(math.comb(changed, k) for k in range(min(better, worse) + 1))
    return min(1.0, float(2 * tail / 2**changed))


def _paired(name: str, both: Sequence[tuple[str, Mapping[str, float], Mapping[str, float]]]) -> Paired:
    known = [(question, one[name], other[name]) for question, one, other in both if name in one and name in other]
    changes = [Change(question, one, other) for question, one, other in known if one != other]
    return Paired(name, [other - one for _, one, other in known], changes)


def _by_question(results: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, float]]:
    seen: dict[str, int] = {}
    found = {}
    for result in results:
        number = seen[result["question"]] = seen.get(result["question"], 0) + 1
        found[result["question"], number] = result["scores"]
    return found
