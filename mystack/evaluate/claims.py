"""How well a layer tells supported sentences from others: the pairs, the check, and the metrics."""

import json
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mystack.bench.piped import piped
from mystack.evaluate.pairs import SUPPORTED, Pair, pairs
from mystack.evaluate.reports import TUNED
from mystack.metrics import Metric, Target
from mystack.project import Layer

OWN = Path(__file__).with_name("claims.json")
OTHERS = 4
"""Passages of other articles that each sentence is compared with beside its own: an answer has five sources."""

SENTENCES = 10
"""Sentences of the answer whose check is timed."""

TARGETS = {
    "supported": Target("≥", 0.95),
    "number": Target("≥", 0.95),
    "date": Target("≥", 0.95),
    "name": Target("≥", 0.95),
    "foreign": Target("≥", 0.98),
}
HELD_OUT = slice(-1, None)
"""The targets apply to the articles that the rule was not fitted on."""

Check = Callable[[Sequence[str], Sequence[str]], tuple[list[str], float]]


def own_pairs() -> list[Pair]:
    """The pairs in the repository, written by hand."""
    return [
        Pair(kind, sentence, entry["passage"], entry["title"])
        for entry in json.loads(OWN.read_text(encoding="utf-8"))
        for kind, sentences in entry["sentences"].items()
        for sentence in sentences
    ]


def squad_pairs(path: Path) -> list[Pair]:
    """The pairs that are made from a file in SQuAD's format."""
    return list(pairs(json.loads(path.read_text(encoding="utf-8"))["data"]))


@contextmanager
def checker(layer: Layer) -> Iterator[Check]:
    """Compares sentences with passages in a process of the layer: the verdicts, and the milliseconds of the check."""
    with (
        tempfile.TemporaryFile("wb") as errors,
        piped("api.entrypoints.check_support", cwd=layer.folder, errors=errors) as (requests, answers),
    ):

        def check(sentences: Sequence[str], passages: Sequence[str]) -> tuple[list[str], float]:
            requests.write(json.dumps({"sentences": list(sentences), "passages": list(passages)}) + "\n")
            requests.flush()
            answer: dict[str, Any] = json.loads(answers.readline())
            return answer["support"], answer["milliseconds"]

        yield check


def right(found: Sequence[Pair], check: Check, advance: Callable[[], None]) -> list[bool]:
    """For each pair, whether the verdict on it is right: `supported`, or anything else for a changed sentence."""
    results = []
    for pair, more in zip(found, _others(found), strict=True):
        [verdict], _ = check([pair.sentence], [pair.passage, *more])
        results.append((verdict == "supported") == (pair.kind in SUPPORTED))
        advance()
    return results


def cost(found: Sequence[Pair], check: Check) -> float:
    """The median milliseconds that the check of an answer of ten sentences takes, with five passages read before."""
    others = _others(found)
    times = []
    for at in range(0, len(found) - SENTENCES, max(len(found) // 20, 1)):
        answer = [pair.sentence for pair in found[at : at + SENTENCES]]
        times.append(check(answer, [found[at].passage, *others[at]])[1])
    return statistics.median(times[1:])


def claim_metrics(found: Sequence[Pair], results: Sequence[bool], halves: bool) -> list[Metric]:
    """The share of right verdicts for each kind; with `halves`, for the articles that were fitted on and the others."""
    kinds = ["supported", *dict.fromkeys(pair.kind for pair in found)]
    metrics = []
    for kind in kinds:
        parts = [
            [good for pair, good in zip(found, results, strict=True) if pair.article in titles and _is(pair, kind)]
            for titles in _parts(found, halves)
        ]
        if all(parts):
            verb = "kept" if kind in (*SUPPORTED, "supported") else "caught"
            name = f"Sentences {verb}: {kind} ({', '.join(str(len(part)) for part in parts)})"
            measured = [statistics.mean(part) for part in parts]
            metrics.append(Metric(name, measured, TARGETS.get(kind), judged=HELD_OUT))
    return metrics


def _is(pair: Pair, kind: str) -> bool:
    return pair.kind in SUPPORTED if kind == "supported" else pair.kind == kind


def _parts(found: Sequence[Pair], halves: bool) -> list[set[str]]:
    titles = list(dict.fromkeys(pair.article for pair in found))
    fitted = set(titles[TUNED])
    return [set(titles), fitted, set(titles) - fitted] if halves else [set(titles)]


def _others(found: Sequence[Pair]) -> list[list[str]]:
    """For each pair, passages of other articles, as a search finds them beside the right one."""
    rng = random.Random(7)
    articles = {pair.passage: pair.article for pair in found}
    drawn = {}
    for passage, article in articles.items():
        strangers = [text for text, title in articles.items() if title != article]
        drawn[passage] = rng.sample(strangers, min(OTHERS, len(strangers)))
    return [drawn[pair.passage] for pair in found]
