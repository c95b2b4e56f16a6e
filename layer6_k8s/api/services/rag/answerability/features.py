"""What the evidence for a question looks like, as numbers with names: the features of the rules of answerability.

    similarity          cosine of the question and the best quote
    coverage            share of the question's words in the chunk of the best quote or its file name
    absent_words        words of the question, other than names, that no hit has, at most three
    words               words of the question, in dozens, at most one: a share of few words is easily whole
    brief               1 if the question has one or two words
    unsaid              words that name what is asked for ("which actress", "called"), at most two: an answer need not
                        say them
    missing_names       names and numbers of the question of which the best chunk has no form (`names.py`), at most two
    no_name             1 if the best chunk has none of the names and numbers
    names_absent        1 if no hit of the best quote's document has any of the names, numbers aside: it is about
                        something else
    other_name          1 if the best quote says it of another name: of the Bergen warehouse, not of the Malmö warehouse
    identified          1 if the best chunk has a part number or an amount of the question
    kind_missing        1 if the best quote has no answer of the kind that is asked for (`asking/kinds/`)
    verb_elsewhere      1 if it is asked who, when, where or how, and neither the best quote nor a title above it has
                        the verb of the question or what may stand for it (`said.py`)
    deed_elsewhere      1 if it is asked who did what, by a verb that is none of these, and the best quote lacks it
    alternative         1 if the best quote has, in the place of a word of the question, one that excludes it
    counts_another      1 if no number of the best quote stands beside the word for what is to be counted
    counted_missing     1 if the best chunk lacks the word for what is to be counted, and the best quote is no list
    in_LANGUAGE         1 if the best quote is in this language, other than English: cosines, and shares of words, lie
                        higher in one language than in another
    covered_by_rarity   share of the question's words in the best chunk, each weighed by its rarity among the passages
    words_score         BM25 score of the best chunk for each word of the question

The last two are for questions that the embedding model does not read, beside `missing_names`, `kind_missing` and
`counts_another`. None of the others depends on the number of documents. What verbs and alternatives say is known of
English alone, kinds of answers of English, German and Spanish.
"""

import re
from collections.abc import Mapping, Sequence, Set

from api.services.rag.answerability.names import acronyms_in, missing, names_in
from api.services.rag.answerability.other_names import says_it_of_another
from api.services.rag.answerability.said import (
    counts_another,
    deed_is_elsewhere,
    is_of_an_alternative,
    stems,
    verb_is_elsewhere,
)
from api.services.rag.asking.kinds.answer_kinds import counted, kind_is_missing, unsaid
from api.services.rag.quoting.priors import rarities
from api.services.rag.quoting.quoter import Quote
from api.services.retrieval.search import Hit
from api.services.text.languages import language_of
from api.services.text.passages import passages_of
from api.services.text.terms import terms

MISSING_NAMES_COUNTED = 2
ABSENT_WORDS_COUNTED = 3
UNSAID_COUNTED = 2
WORDS_COUNTED = 12
BRIEF = 2
IDENTIFIER_LETTERS = 5
ENGLISH = "en"
LANGUAGE = "in_"
"""What the names of features begin with that are languages."""
NOUNS_ARE_CAPITALISED = ("de",)
"""There a capital letter marks no name; numbers and part numbers are names still."""
SAID_IN_ANY_LANGUAGE = ("kind_missing", "counts_another")

Features = Mapping[str, float]

_YEAR = re.compile(r"[12]\d{3}(?:-\d\d){0,2}")


def by_meaning(question: str, hits: Sequence[Hit], quotes: Sequence[Quote], opening: str = "") -> Features:
    """The features for a question that the embedding model reads. Needs a hit and a quote.

    `opening`: how the document of the best quote begins. If it has all names that the chunk lacks, they count as found:
    they are those of what the document is about.
    """
    best = next((hit for hit in hits if hit.chunk_id == quotes[0].hit.chunk_id), hits[0])
    chunk_terms = set(terms(f"{best.filename} {best.complete}"))
    question_terms = set(terms(question))
    marked = language_of(question) not in NOUNS_ARE_CAPITALISED
    names, lacking = _names(question, chunk_terms, marked=marked)
    if lacking and opening:
        also, unknown = _names(question, chunk_terms | set(terms(opening)), marked=marked)
        names, lacking = (names, lacking) if unknown else (also, unknown)
    words = {name for name in names if _is_word(name)}
    elsewhere = [set(terms(f"{hit.filename} {hit.text}")) for hit in hits]
    beside = [held for hit, held in zip(hits, elsewhere, strict=True) if hit.document_id == best.document_id]
    return {
        "similarity": max(quote.similarity for quote in quotes),
        "coverage": len(question_terms & chunk_terms) / (len(question_terms) or 1),
        "words": min(len(question_terms), WORDS_COUNTED) / WORDS_COUNTED,
        "brief": len(question_terms) <= BRIEF,
        "absent_words": min(len((question_terms - names).difference(*elsewhere)), ABSENT_WORDS_COUNTED),
        "unsaid": min(len(unsaid(question) & question_terms), UNSAID_COUNTED),
        "missing_names": min(len(lacking), MISSING_NAMES_COUNTED),
        "no_name": bool(names) and lacking == names,
        "names_absent": words <= lacking and _are_absent(words, set().union(*beside), question),
        "other_name": marked and says_it_of_another(question, quotes[0].text),
        "identified": any(map(_is_identifier, names & chunk_terms)),
        **_of_the_quote(question, quotes[0], chunk_terms),
        **_in_language(quotes[0]),
    }


def _names(question: str, held: Set[str], *, marked: bool) -> tuple[Set[str], Set[str]]:
    """The names of the question, and those of which `held` has no form. `marked`: a capital letter marks a name."""
    names = {name for name in names_in(question, held) if marked or not name.isalpha()}
    return names, missing(names, held)


def _in_language(quote: Quote) -> Features:
    language = language_of(quote.hit.text)
    return {f"{LANGUAGE}{language.lower()}": 1} if language not in (None, ENGLISH) else {}


def _of_the_quote(question: str, quote: Quote, chunk_terms: Set[str]) -> Features:
    """What the best quote says of what is asked. All but the kind of answer is known of English in English only."""
    text = quote.hit.above.of_table(quote.text)
    told_in = language_of(quote.hit.text)
    asked_in = language_of(question) or told_in or ENGLISH
    told_in = told_in or asked_in
    listed = _is_list(quote.text)
    english = asked_in == told_in == ENGLISH
    headings = [one.text for one in passages_of(quote.hit.text, quote.hit.above) if one.title]
    said, thing = stems(" ".join([quote.hit.above.titles, *headings, text])), counted(question)
    return {
        "kind_missing": kind_is_missing(question, text, asked_in, told_in, listed=listed),
        "verb_elsewhere": english and verb_is_elsewhere(question, said),
        "deed_elsewhere": english and deed_is_elsewhere(question, said),
        "alternative": english and is_of_an_alternative(question, said),
        "counts_another": asked_in == told_in and not listed and counts_another(question, text),
        "counted_missing": english and not listed and thing is not None and thing not in chunk_terms,
    }


def _are_absent(names: Set[str], held: Set[str], question: str) -> bool:
    """Whether a document has none of the names. It may have the long form of an acronym: these alone do not count."""
    return missing(names, held) == names and bool(names - acronyms_in(question))


def _is_word(name: str) -> bool:
    """Whether it is a word or a code. A number may stand in another form, and a year stands in many texts."""
    return any(map(str.isalpha, name))


def _is_list(text: str) -> bool:
    """Whether a text has several items: who reads them can count them, whatever they are called."""
    return sum(passage.item for passage in passages_of(text)) > 1


def by_words(question: str, hits: Sequence[Hit], quotes: Sequence[Quote] = (), *, names: bool) -> Features:
    """The features for a question that the embedding model does not read. Needs a hit.

    `names`: capitalised words are names.
    """
    chunk_terms = set(terms(f"{hits[0].filename} {hits[0].complete}"))
    question_terms = set(terms(question))
    lacking = len(names_in(question, chunk_terms) - chunk_terms) if names else 0
    said = _of_the_quote(question, quotes[0], chunk_terms) if quotes else {}
    return {
        "covered_by_rarity": _rarity_covered(question_terms, hits),
        "words_score": (hits[0].sparse_score or 0.0) / (len(question_terms) or 1),
        "missing_names": min(lacking, MISSING_NAMES_COUNTED),
        **{name: bool(said.get(name)) for name in SAID_IN_ANY_LANGUAGE},
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
