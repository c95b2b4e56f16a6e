"""German compounds: "Wie lange ist die Frist bei Kündigung?" is asked for the "Kündigungsfrist" of the documents.

A search for words does not find a part of a compound. The search by meaning often does, and what it found is asked for
again in its own words.
"""

import re
from collections.abc import Sequence

from api.services.retrieval.search import Hit
from api.services.text.languages import language_of
from api.services.text.terms import terms

SHORTEST = 5
"""Letters of a part that is recognised inside of a longer word."""
LONGER = 3
"""Letters that the compound has more."""

_WORD = re.compile(r"[^\W\d_]+")


def with_compounds(question: str, hits: Sequence[Hit]) -> str:
    """The question with compounds of the hits in the place of the words that open or end them, and that no hit has.

    Of several compounds that which has most of the words, then that of the best hit. Unchanged if the best hit is not
    in German.
    """
    if not hits or language_of(hits[0].text) != "de":
        return question
    text = " ".join(hit.text for hit in hits)
    held = set(terms(text))
    parts = [word for word in _WORD.findall(question) if len(word) >= SHORTEST and held.isdisjoint(terms(word))]
    compounds = sorted(dict.fromkeys(_WORD.findall(text)), key=lambda word: -sum(_is_part(p, word) for p in parts))
    whole = {part: next((word for word in compounds if _is_part(part, word)), part) for part in parts}
    return _WORD.sub(lambda found: whole.get(found.group(), found.group()), question)


def _is_part(part: str, word: str) -> bool:
    """Whether a word opens or ends a compound: Brandschutz|beauftragte, Kündigungs|frist."""
    lower, long = part.lower(), len(word) >= len(part) + LONGER
    return long and (word.lower().startswith(lower) or word.lower().endswith(lower))
