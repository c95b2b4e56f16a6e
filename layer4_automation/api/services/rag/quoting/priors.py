"""What the words of a passage and its chunk say about whether it answers a question, before vectors are compared.

    COVERAGE * share of the question's words in it                              words
    + HIT * fused score of its chunk                                            relevance of the chunk
    + TITLE, if it is a title or a question, or only repeats the question       the answer stands below it
    + LISTED, if it is a whole list and all of something is asked for
    + KIND, if it has an answer of the kind that is asked for                   a price, a length, a year
    + NAMED, if it is a row of figures whose name is in the question: "Inventories | 5,433 | 6,580"
    + DEFINES, if it says what an acronym means and the question asks for that
    + CODED * share of the question's codes in it or its context                error E05, not the other errors
    + ORDER, if it addresses a language model                                   prompt injection

A word weighs more the fewer passages hold it. A word that stands only in the context (the passage before) or in the
file name counts a third: there "he" and "the company" have their names.

Measured with KIND at 0, .1, .2 and .3 on every other one of XQuAD's 612 questions: one of the quotes holds the answer
for .938, .948, .948 and .951 of the questions, of the others for .922, .925, .925 and .925, without refusals. With
NAMED, and the rows of all hits, .68 of 60 figures in three reports (`benchmarks/figures`) are quoted, instead of .57.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set

from api.services.rag.asking.acronyms import Form
from api.services.rag.asking.kinds.answer_kinds import kind_asked
from api.services.rag.quoting.candidates import Candidate, enumerates
from api.services.retrieval.fusion import fused
from api.services.text.languages import language_of
from api.services.text.passages import Passage
from api.services.text.records import name_of
from api.services.text.terms import terms

ENGLISH = "en"
COVERAGE, CONTEXT, HIT, TITLE, ORDER = 0.6, 1 / 3, 0.5, -0.8, -0.8
LISTED, KIND, NAMED, DEFINES, CODED = 0.3, 0.2, 0.6, 0.5, 0.8

_ASKS_FOR_MEANING = re.compile(
    r"\b(?:stands? for|means?|meaning|short for|abbreviat\w*|acronym)\b|^\W*what(?:'s| is| are)\b", re.IGNORECASE
)
_CODE = re.compile(r"(?=\w*[^\W\d_])\w*\d")
"""A term of letters and digits."""
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.!?]{0,40}\b(?:above|before|previous|prior|earlier|preceding|instructions?"
    r"|rules|prompts?)\b|\byou are now\b|^\W*(?:system|assistant|human|user|developer)(?: (?:message|prompt))?\s*:",
    re.IGNORECASE,
)
"""Sentences addressed to a language model repeat the question that they want to have answered falsely."""


def priors(question: str, found: Sequence[Candidate], forms: Sequence[Form] = ()) -> list[float]:
    """The score of each candidate without its cosines.

    `forms`: the acronyms of the question, as in `candidates`.
    """
    weights = rarities(terms(question), [candidate.terms for candidate in found])
    whole = LISTED * enumerates(question)
    kind = kind_asked(question, language_of(question) or ENGLISH)
    asked = forms if _ASKS_FOR_MEANING.search(question) else ()
    return [
        _prior(weights, one)
        + whole * one.passage.listed
        + KIND * (kind is not None and kind.is_in(one.hit.above.of_table(one.passage.text), weights.keys()))
        + NAMED * is_named(weights.keys(), one.passage)
        + DEFINES * _defines(asked, one)
        + ORDER * _is_order(weights, one)
        for one in found
    ]


def rarities(question_terms: Iterable[str], passages: Sequence[Set[str]]) -> Mapping[str, float]:
    """The weight of each term of the question by its rarity among the passages (idf). They sum to 1."""
    holders = Counter(term for terms_of_passage in passages for term in terms_of_passage)
    count = len(passages)
    rarity = {t: math.log(1 + (count - holders[t] + 0.5) / (holders[t] + 0.5)) for t in question_terms}
    total = sum(rarity.values()) or 1.0
    return {term: value / total for term, value in rarity.items()}


def _prior(weights: Mapping[str, float], candidate: Candidate) -> float:
    """The score of a candidate without its cosines."""
    covered = sum(weight for term, weight in weights.items() if term in candidate.terms)
    context = sum(w for term, w in weights.items() if term in candidate.context and term not in candidate.terms)
    coded = sum(w for term, w in weights.items() if _CODE.match(term) and term in candidate.terms | candidate.context)
    return (
        COVERAGE * (covered + CONTEXT * context)
        + CODED * coded
        + HIT * fused(candidate.hit.dense_score or 0.0, candidate.hit.sparse_score or 0.0)
        + TITLE * (candidate.passage.title or candidate.repeats(weights.keys()))
    )


def is_named(question_terms: Set[str], passage: Passage) -> bool:
    """Whether the question has all words of the name of a row with figures."""
    name = set(terms(name_of(passage.text)))
    return bool(name) and name <= question_terms


def _defines(forms: Sequence[Form], candidate: Candidate) -> bool:
    """Whether the candidate has both forms of an acronym."""
    text = candidate.passage.text
    return any(form.short.search(text) and form.pattern.search(text) for form in forms)


def _is_order(question_terms: Collection[str], candidate: Candidate) -> bool:
    """Whether the candidate gives a model an order that the question does not ask about."""
    order = _ORDER.search(candidate.passage.text)
    return order is not None and not set(terms(order.group())).intersection(question_terms)
