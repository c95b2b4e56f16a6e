"""Decide whether the evidence is enough to answer from, or whether to refuse.

A logistic rule over three things that a reader would look at as well, none of which depends on how many
documents there are:

    how near in meaning the best quote is to the question                     (cosine)
    how much of the question the best chunk or its file's name says           (share of its words)
    how many names and numbers of the question the best chunk does not hold   (at most two)

Fitted on half of XQuAD's articles (see `mystack eval`): every question is put to a library that holds its
article and to one that does not. On the other half, .98 of the answerable questions are answered and .97 of
the others are refused. What it cannot see is a question whose subject is in the documents and whose answer is
not.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.services.quoting import Quote
from api.services.search import Hit
from api.services.terms import terms

NO_DOCUMENTS = "no_documents"
NOTHING_RELEVANT = "nothing_relevant"

BIAS, SIMILARITY, COVERAGE, MISSING_NAME = -11.1, 21.8, 5.4, -1.2
MISSING_NAMES_COUNTED = 2
ENOUGH = 0.5
"""Confidence from which on a question is answered. Raise it to refuse more."""

_NAME = re.compile(r"(?<=\s)[^\w\s]*[^\W\d_a-z][\w'’-]*|\d[\d.,]*")
"""A capitalised word that does not open the question, or a number."""


@dataclass(frozen=True)
class Verdict:
    """Whether to answer; if not, the reason code of the refusal. `confidence` is a probability, 0 to 1."""

    enough: bool
    reason: str | None
    confidence: float


def judge(question: str, hits: Sequence[Hit], quotes: Sequence[Quote]) -> Verdict:
    """Judge the evidence for `question`: its hits and the quotes taken from them, best first."""
    if not hits or not quotes:
        return Verdict(False, NOTHING_RELEVANT, 0.0)
    confidence = _confidence(question, hits[0], quotes)
    enough = confidence >= ENOUGH
    return Verdict(enough, None if enough else NOTHING_RELEVANT, round(confidence, 4))


def _confidence(question: str, hit: Hit, quotes: Sequence[Quote]) -> float:
    held = set(terms(f"{hit.filename} {hit.text}"))
    asked = set(terms(question))
    names = {term for name in _NAME.findall(question) for term in terms(name)}
    odds = (
        BIAS
        + SIMILARITY * max(quote.similarity for quote in quotes)
        + COVERAGE * len(asked & held) / (len(asked) or 1)
        + MISSING_NAME * min(len(names - held), MISSING_NAMES_COUNTED)
    )
    return 1 / (1 + math.exp(-odds))
