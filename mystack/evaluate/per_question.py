"""What an evaluation records: a hash of its data, and the scores of each question or sentence."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from statistics import mean

from mystack.evaluate import scoring
from mystack.evaluate.pairs import SUPPORTED, Pair
from mystack.evaluate.questions import QuestionSet
from mystack.evaluate.scoring import Outcome
from mystack.evaluate.stages import MODES
from mystack.recording import MOST_RESULTS

ANSWERED, REFUSED = "Answered", "Refused"
SHOWN = 150
"""Characters of a passage that name it."""
OF_ANSWERABLE: Mapping[str, Callable[[Sequence[Outcome]], float]] = {
    **{f"R@1, {mode}": partial(scoring.recall, mode=mode, depth=1) for mode in MODES},
    **{f"R@5, {mode}": partial(scoring.recall, mode=mode, depth=5) for mode in MODES},
    "A quote holds the answer": scoring.quoted,
    "The first quote holds the answer": scoring.quoted_first,
    ANSWERED: scoring.answered,
}


def data_of(name: str, question_set: QuestionSet) -> dict[str, str]:
    """The name of the data and the SHA-256 of its documents and questions, in their order."""
    digest = sha256()
    for document in question_set.documents:
        digest.update(f"{document.name}\n{len(document.data)}\n".encode())
        digest.update(document.data)
    for question in question_set.questions:
        digest.update(json.dumps([question.text, question.document, question.phrases]).encode())
    return {"name": name, "sha256": digest.hexdigest()}


def results_of(outcomes: Sequence[Outcome]) -> Iterator[dict[str, object]]:
    """The scores of each question: 0 or 1, and 1 is better."""
    for one in outcomes:
        scores = {name: score([one]) for name, score in OF_ANSWERABLE.items()} if one.question.document else {}
        if one.absent:
            scores[REFUSED] = scoring.refused([one])
        yield {"question": one.question.text, "scores": scores}


def data_of_pairs(name: str, found: Sequence[Pair]) -> dict[str, str]:
    """The name of the pairs, and the SHA-256 of all of them."""
    digest = sha256()
    for pair in found:
        digest.update(json.dumps([pair.kind, pair.sentence, pair.passage]).encode())
    return {"name": name, "sha256": digest.hexdigest()}


def results_of_pairs(found: Sequence[Pair], right: Sequence[bool]) -> Iterator[dict[str, object]]:
    """For each sentence, whether the verdict on it is right; the share for each passage if there are too many."""
    each: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for pair, good in zip(found, right, strict=True):
        about = pair.sentence if len(found) <= MOST_RESULTS else f"{pair.article}: {pair.passage[:SHOWN]}"
        each[about][f"Sentence {'kept' if pair.kind in SUPPORTED else 'caught'}: {pair.kind}"].append(good)
    for about, kinds in each.items():
        yield {"question": about, "scores": {kind: mean(map(float, verdicts)) for kind, verdicts in kinds.items()}}
