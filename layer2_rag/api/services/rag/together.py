"""What was found for several questions of one message, as one material."""

from collections.abc import Sequence
from itertools import chain, zip_longest

from api.services.rag.generation import Material
from api.services.retrieval.search import Hit

QUOTES_EACH = 2
"""Quotes that answer one of several questions."""


def together(questions: Sequence[str], found: Sequence[Material], top_k: int) -> Material:
    """The hits in turn, at most `top_k`, and the first quotes of each question that is answered, in their order.

    Without an answered question the quotes are the nearest passages of all.
    """
    strong = [one for one in found if one.strong]
    kept = chain.from_iterable(one.quotes[:QUOTES_EACH] for one in strong or found)
    quotes = {(quote.hit.chunk_id, quote.start): quote for quote in kept}
    unanswered = [question for question, one in zip(questions, found, strict=True) if not one.strong] if strong else []
    return Material(_in_turn(found, top_k), list(quotes.values()), bool(strong), unanswered)


def open_notice(questions: Sequence[str]) -> str | None:
    """The notice that names what was asked and not answered; None if all was."""
    if not questions:
        return None
    return f"Nothing in the documents answers: {' '.join(f'“{question.strip()}”' for question in questions)}"


def _in_turn(found: Sequence[Material], top_k: int) -> list[Hit]:
    best: dict[object, Hit] = {}
    for hit in chain.from_iterable(zip_longest(*(one.hits for one in found))):
        if hit is not None:
            best.setdefault(hit.chunk_id, hit)
    return list(best.values())[:top_k]
