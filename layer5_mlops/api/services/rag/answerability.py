"""The confidence that the evidence answers a question: from `ENOUGH` on it is answered, below it is refused.

A logistic rule over three features, none of which depends on the number of documents:

    how near in meaning the best quote is to the question                       (cosine)
    how much of the question is in the best chunk or its file name              (share of its words)
    how many names and numbers of the question are missing from the best chunk  (at most two)

Fitted on half of XQuAD's articles (see `mystack eval`): every question is asked of documents with its article and of
documents without it. On the other half, .98 of the answerable questions are answered and .97 of the others are refused.
The rule does not recognise a question whose subject is in the documents but whose answer is not.
"""

import math
import re
from collections.abc import Sequence
from contextvars import ContextVar

from api.services.rag.quoting import Quote
from api.services.retrieval.search import Hit
from api.services.text.terms import terms

BIAS, SIMILARITY, COVERAGE, MISSING_NAME = -11.1, 21.8, 5.4, -1.2
MISSING_NAMES_COUNTED = 2
ENOUGH = 0.5
"""Lowest confidence that is answered. Raise it to refuse more."""
enough: ContextVar[float] = ContextVar("enough", default=ENOUGH)
"""The threshold in use, which can be another one for a single question."""

_NAME = re.compile(r"(?<=\s)[^\w\s]*[^\W\d_a-z][\w'’-]*|\d[\d.,]*")
"""A capitalised word that does not open the question, or a number."""


def confidence(question: str, hits: Sequence[Hit], quotes: Sequence[Quote]) -> float:
    """A probability; 0 without hits or quotes. The hits, and the quotes taken from them, come best first."""
    if not hits or not quotes:
        return 0.0
    chunk_terms = set(terms(f"{hits[0].filename} {hits[0].text}"))
    question_terms = set(terms(question))
    names = {term for name in _NAME.findall(question) for term in terms(name)}
    log_odds = (
        BIAS
        + SIMILARITY * max(quote.similarity for quote in quotes)
        + COVERAGE * len(question_terms & chunk_terms) / (len(question_terms) or 1)
        + MISSING_NAME * min(len(names - chunk_terms), MISSING_NAMES_COUNTED)
    )
    return 1 / (1 + math.exp(-log_odds))
