"""Whether what is asked and found has changed since a reference week.

    retrieval_score    score of the best source        population stability index, over the reference's fifths
    refusal            answered, or the reason         population stability index
    language           of the question                 population stability index
    question           mean vector of the questions    1 - cosine

The population stability index of two distributions is the sum of (now - then) * ln(now / then) over their parts. Below
0.1 nothing has changed, above 0.25 much has: this is the usual reading. It says that something changed, not that it is
worse.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

MEASURES = ("retrieval_score", "refusal", "language", "question")
LEAST = 100
"""Answers in a week; the index of fewer is noise."""
PARTS = 5
UNSEEN = 0.5
"""Added to every count: a part that nothing fell into has no logarithm."""


@dataclass(frozen=True)
class Profile:
    """What was asked and found in a week. `vector`: the mean of the questions' unit vectors, in `space`."""

    at: datetime
    answers: int
    scores: Sequence[float]
    refusals: Mapping[str, int]
    languages: Mapping[str, int]
    vector: Sequence[float]
    space: str


def drift(reference: Profile, now: Profile) -> dict[str, float]:
    """The measures above by name; without those that cannot be compared."""
    found = {
        "refusal": stability_index(reference.refusals, now.refusals),
        "language": stability_index(reference.languages, now.languages),
    }
    if reference.scores and now.scores:
        edges = np.quantile(reference.scores, [part / PARTS for part in range(1, PARTS)])
        found["retrieval_score"] = stability_index(_parts(reference.scores, edges), _parts(now.scores, edges))
    if reference.space == now.space and reference.vector and now.vector:
        found["question"] = 1 - _cosine(np.array(reference.vector), np.array(now.vector))
    return found


def stability_index(then: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Of two distributions, each given by its counts."""
    parts = then.keys() | now.keys()
    before = {part: then.get(part, 0) + UNSEEN for part in parts}
    after = {part: now.get(part, 0) + UNSEEN for part in parts}
    all_before, all_after = sum(before.values()), sum(after.values())
    shares = [(before[part] / all_before, after[part] / all_after) for part in parts]
    return sum((new - old) * math.log(new / old) for old, new in shares)


def _parts(scores: Sequence[float], edges: np.ndarray) -> Counter[str]:
    return Counter({str(part): 0 for part in range(PARTS)}) + Counter(
        str(part) for part in np.searchsorted(edges, scores)
    )


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-9))
