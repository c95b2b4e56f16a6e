"""The confidence that the evidence answers a question: from `ENOUGH` on it is answered, below it is refused.

A logistic rule over features that have a name (`features.py`), with weights that were fitted for the embedding model
(`rules.py`). None of the features depends on the number of documents.

Where the embedding model does not read the language of question and document (`reading.py`), words alone decide: the
share of the question's words in the first hit, by rarity, its BM25 score per word, and whether the best quote has the
kind of answer that is asked for. A language that is told by its words (`de`) has stems beside the general terms, so
that its scores are higher than those of one that is told by its script (`CYRILLIC`).
"""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from api.services.rag.answerability.features import NOUNS_ARE_CAPITALISED, Features, by_meaning, by_words
from api.services.rag.answerability.rules import rules_of
from api.services.rag.quoting.quoter import Quote
from api.services.retrieval.reading import READ, Reading
from api.services.retrieval.search import Hit
from api.services.text.languages import language_of

FEW_HITS = 5
"""With fewer hits the library is so small that a BM25 score tells nothing: all its words are frequent."""
ENOUGH = 0.5
"""Lowest confidence that is answered. Raise it to refuse more."""
enough: ContextVar[float] = ContextVar("enough", default=ENOUGH)
"""The threshold in use, which can be another one for a single question."""


@dataclass(frozen=True)
class Described:
    """The features of the evidence for a question, and the name of the rule that judges them."""

    rule: str
    features: Features


def confidence(
    question: str, hits: Sequence[Hit], quotes: Sequence[Quote], reading: Reading = READ, opening: str = ""
) -> float:
    """A probability; 0 without hits or quotes. The hits, and the quotes taken from them, come best first.

    `reading`: how the embedding model reads the question. `opening`: how the document of the best quote begins.
    """
    described = evidence(question, hits, quotes, reading, opening)
    return rules_of(reading.model).rule(described.rule).probability(described.features) if described else 0.0


def evidence(
    question: str, hits: Sequence[Hit], quotes: Sequence[Quote], reading: Reading, opening: str = ""
) -> Described | None:
    """What `confidence` judges; None without hits or quotes."""
    if not hits or not quotes:
        return None
    told_in = language_of(hits[0].text)
    if reading.trusted or told_in != reading.language:
        foreign = None not in (told_in, reading.language) and told_in != reading.language
        return Described("foreign" if foreign else "meaning", by_meaning(question, hits, quotes, opening))
    features = by_words(question, hits, quotes, names=reading.language not in NOUNS_ARE_CAPITALISED)
    if len(hits) < FEW_HITS:
        return Described("few_hits", features)
    return Described("stems" if (reading.language or "").islower() else "words", features)
