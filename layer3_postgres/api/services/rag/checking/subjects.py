"""Whether a sentence has another subject than its source: "The dark roast turns coffee brown" for "Roasting turns …".

No parser is used: the first two content words stand for the subject. One that stands in the chunk, but not in the
passage, makes another statement of the passage. It does not if the chunk is about it, or a pronoun may stand for it. A
word that the whole chunk lacks may be a paraphrase, and costs as every such word does.
"""

import re
from itertools import islice, takewhile

from api.services.rag.checking.windows import Window
from api.services.text.terms import STOPWORDS, terms

WORDS = 2
"""First content words that are compared. Behind them the verb begins too often: "Roman emperors used …" """
SHORTEST = 4
"""Content words of a sentence that one of two passages has, from which on it is looked for its subject there."""

FORM = 5
"""Letters of a term from which on a longer one that begins with it may be of the same word."""
_GENERIC = frozenset(terms("name number word kind type term part amount"))
"""Subjects of a sentence about a word of its source: "The name of the colony is Fort Caroline." """
_ADJUNCT = re.compile(
    r"\W*(?:according|in|at|on|for|with|by|during|after|before|as|when|if|however|also|additionally|moreover|furthermore"
    r"|then|finally|yes|no)\b[^,.;:]{0,60},",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[\w'’-]+|[^\w\s]")


def subject(sentence: str) -> frozenset[str]:
    """The terms of the first content words up to a function word, behind "According to …," and the like."""
    adjunct = _ADJUNCT.match(sentence)
    tokens = (found.group() for found in _TOKEN.finditer(sentence, adjunct.end() if adjunct else 0))
    first = next((token for token in tokens if _is_content(token)), "")
    following = islice(takewhile(_is_content, tokens), WORDS - 1)
    return frozenset(terms(" ".join([first, *following]))) - _GENERIC


def is_exchanged(named: frozenset[str], said: frozenset[str], window: Window) -> bool:
    """Whether the subject `named` of a sentence with the terms `said` comes from elsewhere in the window's chunk.

    Of two passages, one that has all other words of the sentence has to have its subject, too.
    """
    for part in window.parts:
        if said - part.terms <= named and len(said & part.terms) >= SHORTEST:
            window = part
            break
    return any(_is_elsewhere(term, window) for term in named)


def _is_elsewhere(term: str, window: Window) -> bool:
    if term not in window.first or any(_is_form(term, own) for own in window.terms):
        return False
    return window.first[term] >= (window.at if window.pronoun else 1)


def _is_form(one: str, other: str) -> bool:
    """Whether two terms are of one word: "ferment" and "fermentation"."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= FORM and long.startswith(short))


def _is_content(token: str) -> bool:
    return token[0].isalpha() and token.lower() not in STOPWORDS
