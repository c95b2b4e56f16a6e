"""The metrics of a report, computed from the outcomes."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from mystack.evaluate import scoring
from mystack.evaluate.questions import QuestionSet
from mystack.evaluate.scoring import Outcome
from mystack.evaluate.stages import MODES
from mystack.metrics import Metric, Target

Line = tuple[str, Callable[[Sequence[Outcome]], float], Target | None]
Parts = Mapping[str, Sequence[Outcome]]

TUNED = slice(None, None, 2)
"""The retrieval was tuned on every second article, beginning with the first; the others were held out."""


def squad_parts(question_set: QuestionSet, outcomes: Sequence[Outcome]) -> Parts:
    """All questions, those the retrieval was tuned on, and those held out; empty parts are left out."""
    tuned = {document.name for document in question_set.documents[TUNED]}
    parts = {
        "all": outcomes,
        "tuned on": [outcome for outcome in outcomes if outcome.question.document in tuned],
        "held out": [outcome for outcome in outcomes if outcome.question.document not in tuned],
    }
    return {name: part for name, part in parts.items() if part}


def squad_metrics(parts: Parts, texts: Mapping[str, str]) -> list[Metric]:
    """Retrieval, quotes and refusals; a target applies to every part."""
    lines: list[Line] = [
        *_retrieval(r1=0.95, r5=0.99),
        ("R@1, hybrid above the better single mode", partial(_lead, depth=1), Target("≥", 0)),
        ("R@5, hybrid above the better single mode", partial(_lead, depth=5), Target("≥", 0)),
        ("A quote holds the answer", scoring.quoted, Target("≥", 0.88)),
        ("The first quote holds the answer", scoring.quoted_first, Target("≥", 0.78)),
        *_citations(texts),
        ("With half of the documents: their questions answered", scoring.answered, Target("≥", 0.95)),
        ("With half of the documents: the others refused", scoring.refused, Target("≥", 0.95)),
    ]
    return _measured(lines, parts)


def golden_metrics(outcomes: Sequence[Outcome], texts: Mapping[str, str]) -> list[Metric]:
    """The same for the guides, which answer only some of the questions."""
    answerable = [outcome for outcome in outcomes if outcome.question.document]
    lines: list[Line] = [
        *_retrieval(r1=0.85, r5=0.95),
        ("A quote holds the answer", scoring.quoted, Target("≥", 0.85)),
        ("The first quote holds the answer", scoring.quoted_first, None),
        *_citations(texts),
        ("Answerable questions answered", scoring.answered, Target("≥", 0.9)),
    ]
    refused: list[Line] = [("Unanswerable questions refused", scoring.refused, Target("≥", 0.9))]
    return _measured(lines, {"measured": answerable}) + _measured(refused, {"measured": outcomes})


def _retrieval(r1: float, r5: float) -> list[Line]:
    """Recall and reciprocal rank of each mode; the targets apply to the default mode, hybrid."""
    lines: list[Line] = []
    for mode in MODES:
        for depth, limit in ((1, r1), (5, r5)):
            target = Target("≥", limit) if mode == "hybrid" else None
            lines.append((f"R@{depth}, {mode}", partial(scoring.recall, mode=mode, depth=depth), target))
        lines.append((f"MRR@5, {mode}", partial(scoring.reciprocal_rank, mode=mode), None))
    return lines


def _lead(outcomes: Sequence[Outcome], depth: int) -> float:
    hybrid, *others = (scoring.recall(outcomes, mode, depth) for mode in MODES)
    return hybrid - max(others)


def _citations(texts: Mapping[str, str]) -> list[Line]:
    return [
        ("First quote, mean length in characters", scoring.quote_length, None),
        ("Answers cite the right document", scoring.attributed, Target("≥", 0.9)),
        ("Hits and quotes equal the stored text", partial(scoring.exact, texts=texts), Target("≥", 1)),
        ("Markers have a source", scoring.resolved, Target("≥", 1)),
    ]


def _measured(lines: Sequence[Line], parts: Parts) -> list[Metric]:
    return [Metric(name, [score(part) for part in parts.values()], target) for name, score, target in lines]
