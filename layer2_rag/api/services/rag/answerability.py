"""The confidence that the evidence answers a question: from `ENOUGH` on it is answered, below it is refused.

A logistic rule over three features, none of which depends on the number of documents:

    how near in meaning the best quote is to the question                       (cosine)
    how much of the question is in the best chunk or its file name              (share of its words)
    how many names and numbers of the question are missing from the best chunk  (at most two)

Fitted on half of XQuAD's articles (see `mystack eval`): every question is asked of documents with its article and of
documents without it. On the other half, .98 of the answerable questions are answered and .97 of the others are refused.

Where the embedding model does not read the language of question and document (`reading.py`), words alone decide: the
share of the question's words in the first hit, by rarity, and its BM25 score per word. Fitted on XQuAD in eleven
languages (24 articles each; every third question about them, and again without a third of the articles), with hits by
words alone: of German, Romanian, Turkish, Spanish, Russian, Greek, Arabic, Hindi and Chinese questions .84 to .95 are
answered and .87 to 1.0 refused, of Vietnamese ones .97 and .78, of Thai ones .71 and .99.

The rule does not recognise a question whose subject is in the documents but whose answer is not.
"""

import math
import re
from collections.abc import Sequence, Set
from contextvars import ContextVar

from api.services.rag.quoting import Quote, rarities
from api.services.retrieval.reading import READ, Reading
from api.services.retrieval.search import Hit
from api.services.text.languages import language_of
from api.services.text.passages import passages_of
from api.services.text.terms import dates_in, terms

BIAS, SIMILARITY, COVERAGE, MISSING_NAME = -11.1, 21.8, 5.4, -1.2
MISSING_NAMES_COUNTED = 2
ABSENT_NAME = -4.0
"""If no hit at all has any of the names: what is asked about is not in the documents, however near the rest is."""
IDENTIFIER, IDENTIFIER_LETTERS = 4.0, 5
WORDS_BIAS, WORDS_COVERED, WORDS_SCORE, WORDS_MISSING_NAME = -7.38, 9.19, 5.91, -0.97
FEW_HITS, FEW_BIAS, FEW_COVERED = 5, -3.84, 13.64
"""With fewer hits the library is so small that a BM25 score tells nothing: all its words are frequent."""
NOUNS_ARE_CAPITALISED = ("de",)
ENOUGH = 0.5
"""Lowest confidence that is answered. Raise it to refuse more."""
enough: ContextVar[float] = ContextVar("enough", default=ENOUGH)
"""The threshold in use, which can be another one for a single question."""

_ACRONYM = re.compile(r"\b[A-Z]{2,4}\b")
_YEAR = re.compile(r"[12]\d{3}(?:-\d\d){0,2}")
_NAME = re.compile(r"(?<=\s)[^\w\s]*[^\W\d_a-z][\w'’-]*|\d[\d.,]*")
"""A capitalised word that does not open the question, or a number."""


def confidence(question: str, hits: Sequence[Hit], quotes: Sequence[Quote], reading: Reading = READ) -> float:
    """A probability; 0 without hits or quotes. The hits, and the quotes taken from them, come best first.

    `reading`: how the embedding model reads the question.
    """
    if not hits or not quotes:
        return 0.0
    chunk_terms = set(terms(f"{hits[0].filename} {hits[0].complete}"))
    question_terms = set(terms(question))
    names = {term for name in _NAME.findall(question) for term in terms(name)} - _written_otherwise(
        question, chunk_terms
    )
    absent = names.difference(*(terms(f"{hit.filename} {hit.text}") for hit in hits))
    missing = min(len(names - chunk_terms), MISSING_NAMES_COUNTED)
    if not reading.trusted and language_of(hits[0].text) == reading.language:
        named = 0 if reading.language in NOUNS_ARE_CAPITALISED else missing
        return _by_words(question_terms, named, hits)
    similarity = max(quote.similarity for quote in quotes)
    coverage = len(question_terms & chunk_terms) / (len(question_terms) or 1)
    acronyms = {term for name in _ACRONYM.findall(question) for term in terms(name)}  # their long form may be there
    absence = ABSENT_NAME if absent == names and any(map(str.isalpha, absent - acronyms)) else 0.0
    identified = IDENTIFIER if any(map(_is_identifier, names & chunk_terms)) else 0.0
    return _probability(
        BIAS + SIMILARITY * similarity + COVERAGE * coverage + MISSING_NAME * missing + absence + identified
    )


def _written_otherwise(question: str, chunk_terms: Set[str]) -> Set[str]:
    """The words and numbers of the question's dates, if the chunk has each of these days, in whatever form."""
    days = dates_in(question)
    return set(days) if days and chunk_terms >= set(days.values()) else set()


def _is_identifier(term: str) -> bool:
    """Whether a term is a part number or an amount, which no chunk has by chance."""
    return len(term) >= IDENTIFIER_LETTERS and any(map(str.isdecimal, term)) and not _YEAR.fullmatch(term)


def _by_words(question_terms: Set[str], missing_names: int, hits: Sequence[Hit]) -> float:
    """The confidence for languages in which a cosine does not tell, from words alone."""
    covered = _rarity_covered(question_terms, hits)
    if len(hits) < FEW_HITS:
        return _probability(FEW_BIAS + FEW_COVERED * covered)
    score = (hits[0].sparse_score or 0.0) / (len(question_terms) or 1)
    names = WORDS_MISSING_NAME * missing_names
    return _probability(WORDS_BIAS + WORDS_COVERED * covered + WORDS_SCORE * score + names)


def _rarity_covered(question_terms: Set[str], hits: Sequence[Hit]) -> float:
    """The share of the question's words that the first hit has, each weighed by its rarity among the hits' passages."""
    passages = [frozenset(terms(passage.text)) for hit in hits for passage in passages_of(hit.text)]
    weights = rarities(question_terms, passages)
    first = set(terms(f"{hits[0].filename} {hits[0].text}"))
    return sum(weight for term, weight in weights.items() if term in first)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
