"""Which documents are about a subject: a list of those that a search for it found, each with the passage that says so.

A search finds the nearest passages of the whole library, so the list is never known to be complete, and says so.
"""

import re
from collections.abc import Sequence

from api.services.rag.quoting.quoter import Quote
from api.services.retrieval.search import Found, Hit
from api.services.text.passages import passages_of
from api.services.text.terms import terms

SEARCHED = 50
"""Passages that are searched for."""
LISTED = 10
"""Documents that are listed."""
SHARE = 0.6
"""Least share of the subject's words that a document's passage and its file name have."""
NEAR = 0.5
"""Least cosine of a passage with fewer of the words: a subject has other names, too."""

PARTIAL = "They were found by a search for the subject, which may not have found all."
SAMPLES = "These passages were found by a search: they are samples, neither counted nor complete."
"""The notice of an answer to a question that asks for a number or for everything."""

_COUNTING = re.compile(
    r"\b(?:how many|(?:list|name|show|give me|tell me|enumerate|find) (?:all|every|each)|(?:what|which) are all"
    r"|all (?:of )?(?:the|our|my)|every|wie viele|alle|combien de|tous les|toutes les|cuántos|cuántas|todos los"
    r"|todas las|quanti|quante|tutti i|tutte le|quantos|quantas|todos os|todas as|hoeveel|сколько|все)\b",
    re.IGNORECASE,
)


def asks_for_all(question: str) -> bool:
    """Whether it asks for a number of things, or for all of them."""
    return _COUNTING.search(question) is not None


def samples_notice(question: str, quotes: Sequence[Quote]) -> str | None:
    """The notice that quotes of several documents are samples, where the question asks for more."""
    documents = {quote.hit.document_id for quote in quotes}
    return SAMPLES if len(documents) > 1 and asks_for_all(question) else None


def passages_about(subject: str, found: Found) -> list[Quote]:
    """For each document that is about the subject, the passage with most of its words, best document first."""
    asked = set(terms(subject))
    best: dict[object, Hit] = {}
    for hit in found.hits:
        if hit.document_id not in best and _is_about(asked, hit, trusted=found.reading.trusted):
            best[hit.document_id] = hit
    return [_passage(asked, hit) for hit in list(best.values())[:LISTED]]


def _is_about(asked: set[str], hit: Hit, *, trusted: bool) -> bool:
    share = len(asked.intersection(terms(f"{hit.filename} {hit.complete}"))) / (len(asked) or 1)
    return share >= SHARE or (trusted and (hit.dense_score or 0.0) >= NEAR)


def _passage(asked: set[str], hit: Hit) -> Quote:
    passages = [passage for passage in passages_of(hit.text, hit.above) if not passage.label]
    if not passages:
        return Quote(hit, hit.start, hit.end, hit.text, hit.score, 0.0)
    best = max(passages, key=lambda passage: len(asked.intersection(terms(passage.text))))
    return Quote(hit, hit.start + best.start, hit.start + best.end, best.text, hit.score, 0.0)
