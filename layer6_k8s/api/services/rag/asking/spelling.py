"""Words of a question that no hit has, replaced by the nearest word that one has: "reimbursment" finds its answer.

The search by meaning finds the right chunks in spite of most typos; then the missing word would count against them.
Where it does not find them, the library is searched for all words that are one letter apart: no vocabulary is stored
for this. Names and numbers stay as they are: another name asks for something else.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from api.services.retrieval.search import Hit
from api.services.text.terms import terms

SHORTEST = 5
"""Letters of a word that is looked at: of shorter ones, a letter more or less makes another word too often."""
LONGEST = 24
"""Letters of the longest word whose neighbours are searched for: it has some 1,250."""
ALIKE = 0.8
"""Least share of letters in common, as `difflib` counts them."""
MISSPELT = 3
"""Most words of a question that are searched for in other spellings."""

_WORD = re.compile(r"(?<![\w@./-])[^\W\d_]+(?![\w@/-])")
_ALPHABETS = ("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя", "αβγδεζηθικλμνξοπρστυφχψω")
"""Letters without accents: those of a text are compared without theirs."""


def unknown(question: str, hits: Sequence[Hit]) -> list[str]:
    """The words of the question, but for names, of which no hit has a form."""
    known = set(terms(_text(hits)))
    words = (found.group() for found in _WORD.finditer(question))
    return [word for word in words if len(word) >= SHORTEST and word.islower() and not known.issuperset(terms(word))]


def corrected(question: str, hits: Sequence[Hit], words: Sequence[str] | None = None) -> str:
    """`question` with the words of the hits in the place of those of `words` that are nearly the same.

    `words`: by default those that no hit has.
    """
    wrong = unknown(question, hits) if words is None else words
    if not wrong:
        return question
    vocabulary = list(dict.fromkeys(found.group() for found in _WORD.finditer(_text(hits).lower())))
    nearest = {word: next(iter(_nearest(word, vocabulary)), word) for word in wrong}
    return _WORD.sub(lambda found: nearest.get(found.group(), found.group()), question)


def spellings(words: Sequence[str]) -> str:
    """All words that are one letter away from one of the words, with its first letter: a question for a search."""
    looked_at = [word for word in words if len(word) <= LONGEST][:MISSPELT]
    return " ".join(dict.fromkeys(near for word in looked_at for near in _neighbours(word)))


def _nearest(word: str, vocabulary: Sequence[str]) -> list[str]:
    return get_close_matches(word, [known for known in vocabulary if known[0] == word[0]], 1, ALIKE)


def _neighbours(word: str) -> Iterator[str]:
    """A letter left out, exchanged or added, or two neighbours changed over."""
    alphabet = next((letters for letters in _ALPHABETS if word[0] in letters), word)
    for at in range(1, len(word)):
        head, tail = word[:at], word[at:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        yield from (head + letter + tail[1:] for letter in alphabet)
        yield from (head + letter + tail for letter in alphabet)
    yield from (word + letter for letter in alphabet)


def _text(hits: Sequence[Hit]) -> str:
    return " ".join(f"{hit.filename} {hit.text}" for hit in hits)
