"""Whether a passage says of another name what a question asks: of the Bergen warehouse, not of the Malmö warehouse."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

from api.services.text.terms import terms

_WORD = re.compile(r"[^\W_][\w'’/.-]*")


class _Named(NamedTuple):
    """A name or number beside a common word, as terms."""

    name: str
    word: str
    side: Literal["before", "after"]


def says_it_of_another(question: str, text: str) -> bool:
    """Whether the text has a word of the question beside another name, and lacks the question's name for it."""
    said, held = set(_named(text)), set(terms(text))
    return any(
        (asked.word, asked.side) == (other.word, other.side)
        for asked in _named(question)
        if asked.name not in held
        for other in said
    )


def _named(text: str) -> Iterator[_Named]:
    """The names with the words beside them. A word that opens the text is no name: any is capitalised there."""
    for first, second in pairwise(_WORD.findall(text)):
        left, right = terms(first), terms(second)
        if not left or not right:
            continue
        named = _is_name(first) and not text.startswith(first)
        if named and not _is_name(second):
            yield _Named(left[0], right[0], "after")
        if not named and _is_name(second):
            yield _Named(right[0], left[0], "before")


def _is_name(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit()
