"""How sure it is that the evidence answers a question: from `ENOUGH` on it is answered, below it is refused.

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

from api.services.rag.quoting import Quote
from api.services.retrieval.search import Hit
from api.services.text.terms import terms

BIAS, SIMILARITY, COVERAGE, MISSING_NAME = -11.1, 21.8, 5.4, -1.2
MISSING_NAMES_COUNTED = 2
ENOUGH = 0.5
"""Confidence from which on a question is answered. Raise it to refuse more."""

_NAME = re.compile(r"(?<=\s)[^\w\s]*[^\W\d_a-z][\w'’-]*|\d[\d.,]*")
"""A capitalised word that does not open the question, or a number."""


def confidence(question: str, hits: Sequence[Hit], quotes: Sequence[Quote]) -> float:
    """A probability, 0 to 1; the hits and the quotes taken from them come best first. 0 where there are none."""
    if not hits or not quotes:
        return 0.0
    held = set(terms(f"{hits[0].filename} {hits[0].text}"))
    asked = set(terms(question))
    names = {term for name in _NAME.findall(question) for term in terms(name)}
    odds = (
        BIAS
        + SIMILARITY * max(quote.similarity for quote in quotes)
        + COVERAGE * len(asked & held) / (len(asked) or 1)
        + MISSING_NAME * min(len(names - held), MISSING_NAMES_COUNTED)
    )
    return 1 / (1 + math.exp(-odds))
