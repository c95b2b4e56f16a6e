"""Words of a question that no hit has, replaced by the nearest word that one has: "reimbursment" finds its answer.

The search by meaning finds the right chunks in spite of a typo; then the missing word would count against them. Names
and numbers stay as they are: another name asks for something else.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from api.services.retrieval.search import Hit
from api.services.text.terms import terms

SHORTEST = 5
"""Letters of a word that is looked at: of shorter ones, a letter more or less makes another word too often."""
ALIKE = 0.8
"""Least share of letters in common, as `difflib` counts them."""

_WORD = re.compile(r"(?<![\w@./-])[a-zà-öø-ÿ]+(?![\w@/-])")


def corrected(question: str, hits: Sequence[Hit]) -> str:
    """`question` with the words of the hits in the place of those that are nearly the same."""
    known: set[str] | None = None
    vocabulary: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        nonlocal known, vocabulary
        word = match.group()
        if len(word) < SHORTEST or not (own := terms(word)):
            return word
        if known is None:
            text = " ".join(f"{hit.filename} {hit.text}" for hit in hits)
            known = set(terms(text))
            vocabulary = list(dict.fromkeys(found.group() for found in _WORD.finditer(text.lower())))
        if known.issuperset(own):
            return word
        return next(iter(get_close_matches(word, [w for w in vocabulary if w[0] == word[0]], 1, ALIKE)), word)

    return _WORD.sub(replaced, question)
