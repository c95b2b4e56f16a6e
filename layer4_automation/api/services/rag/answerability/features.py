"""What the evidence for a question looks like, as numbers with names: the features of the rules of answerability.

    similarity          cosine of the question and the best quote
    coverage            share of the question's words in the best chunk or its file name
    absent_words        words of the question, other than names, that no hit has, at most three
    words               words of the question, in dozens, at most one: a share of few words is easily whole
    brief               1 if the question has one or two words
    unsaid              words that name what is asked for ("which actress", "called"), at most two: an answer need not
                        say them
    missing_names       names and numbers of the question of which the best chunk has no form (`names.py`), at most two
    no_name             1 if the best chunk has none of the names and numbers
    names_absent        1 if no hit has any of the names: what is asked about is not in the documents
    other_name          1 if the best quote says it of another name: of the Bergen warehouse, not of the Malmö warehouse
    identified          1 if the best chunk has a part number or an amount of the question
    kind_missing        1 if the best quote has no answer of the kind that is asked for (`answer_kinds.py`)
    counted_missing     1 if the best chunk lacks the word for what is to be counted, and the best quote is no list
    covered_by_rarity   share of the question's words in the best chunk, each weighed by its rarity among the passages
    words_score         BM25 score of the best chunk for each word of the question

The last two are for questions that the embedding model does not read. None of the others depends on the number of
documents.
"""

import re
from collections.abc import Mapping, Sequence, Set

from api.services.rag.answerability.answer_kinds import COUNT, counted, kind_asked, unsaid
from api.services.rag.answerability.names import acronyms_in, missing, names_in
from api.services.rag.answerability.other_names import says_it_of_another
from api.services.rag.quoting.priors import rarities
from api.services.rag.quoting.quoter import Quote
from api.services.retrieval.search import Hit
from api.services.text.passages import passages_of
from api.services.text.terms import terms

MISSING_NAMES_COUNTED = 2
ABSENT_WORDS_COUNTED = 3
UNSAID_COUNTED = 2
WORDS_COUNTED = 12
BRIEF = 2
IDENTIFIER_LETTERS = 5

Features = Mapping[str, float]

_YEAR = re.compile(r"[12]\d{3}(?:-\d\d){0,2}")


def by_meaning(question: str, hits: Sequence[Hit], quotes: Sequence[Quote]) -> Features:
    """The features for a question that the embedding model reads. Needs a hit and a quote."""
    chunk_terms = set(terms(f"{hits[0].filename} {hits[0].complete}"))
    question_terms = set(terms(question))
    names = names_in(question, chunk_terms)
    lacking = missing(names, chunk_terms)
    elsewhere = [set(terms(f"{hit.filename} {hit.text}")) for hit in hits]
    thing = None if _is_list(quotes[0].text) else counted(question)
    return {
        "similarity": max(quote.similarity for quote in quotes),
        "coverage": len(question_terms & chunk_terms) / (len(question_terms) or 1),
        "words": min(len(question_terms), WORDS_COUNTED) / WORDS_COUNTED,
        "brief": len(question_terms) <= BRIEF,
        "absent_words": min(len((question_terms - names).difference(*elsewhere)), ABSENT_WORDS_COUNTED),
        "unsaid": min(len(unsaid(question) & question_terms), UNSAID_COUNTED),
        "missing_names": min(len(lacking), MISSING_NAMES_COUNTED),
        "no_name": bool(names) and lacking == names,
        "names_absent": lacking == names and _are_absent(names, set().union(*elsewhere), question),
        "other_name": says_it_of_another(question, quotes[0].text),
        "identified": any(map(_is_identifier, names & chunk_terms)),
        "kind_missing": _kind_missing(question, question_terms, quotes[0]),
        "counted_missing": thing is not None and thing not in chunk_terms,
    }


def _are_absent(names: Set[str], held: Set[str], question: str) -> bool:
    """Whether no hit has any of the names. The long form of an acronym may be there, so these alone do not count."""
    return missing(names, held) == names and any(map(str.isalpha, names - acronyms_in(question)))


def _kind_missing(question: str, question_terms: Set[str], quote: Quote) -> bool:
    kind = kind_asked(question)
    if kind is None or (kind is COUNT and _is_list(quote.text)):
        return False
    return not kind.is_in(quote.hit.above.of_table(quote.text), question_terms)


def _is_list(text: str) -> bool:
    """Whether a text has several items: who reads them can count them, whatever they are called."""
    return sum(passage.item for passage in passages_of(text)) > 1


def by_words(question: str, hits: Sequence[Hit], *, names: bool) -> Features:
    """The features for a question that the embedding model does not read. Needs a hit.

    `names`: capitalised words are names.
    """
    chunk_terms = set(terms(f"{hits[0].filename} {hits[0].complete}"))
    question_terms = set(terms(question))
    lacking = len(names_in(question, chunk_terms) - chunk_terms) if names else 0
    return {
        "covered_by_rarity": _rarity_covered(question_terms, hits),
        "words_score": (hits[0].sparse_score or 0.0) / (len(question_terms) or 1),
        "missing_names": min(lacking, MISSING_NAMES_COUNTED),
    }


def _is_identifier(term: str) -> bool:
    """Whether a term is a part number or an amount, which no chunk has by chance."""
    return len(term) >= IDENTIFIER_LETTERS and any(map(str.isdecimal, term)) and not _YEAR.fullmatch(term)


def _rarity_covered(question_terms: Set[str], hits: Sequence[Hit]) -> float:
    """The share of the question's words that the first hit has, each weighed by its rarity among the hits' passages."""
    passages = [frozenset(terms(passage.text)) for hit in hits for passage in passages_of(hit.text)]
    weights = rarities(question_terms, passages)
    first = set(terms(f"{hits[0].filename} {hits[0].text}"))
    return sum(weight for term, weight in weights.items() if term in first)
