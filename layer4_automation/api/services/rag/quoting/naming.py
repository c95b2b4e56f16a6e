"""What a quote speaks of, where the quote alone does not tell.

    What conducts 85 m³ per second?   "The spillway was renewed in 1998. It conducts up to 85 m³ per second."
    Which fan weighs 16.6 kg?         "Data sheet: axial fan VX-180 The weight is 16.6 kg."

A quote that begins with "it" is quoted with the sentence before it. One that says no more than the question does, or
lacks the kind of thing that is asked for, is quoted with its title, or with the short line that opens its document.
"""

import re
from dataclasses import replace

from api.services.rag.quoting.quoter import PRONOUN, Quote
from api.services.text.passages import Passage, passages_of
from api.services.text.terms import terms

OPENING_CHARS = 100
"""Characters of a line that names what a document is about."""
BEFORE = 2
"""Sentences that are quoted before one that begins with "it", at most."""
ROOT = 4
"""Letters that the forms of one word begin with: weigh, weight."""

_THING = re.compile(
    r"\W*(?:and\s+)?(?:which|what|list|name|show|how many)\s+(?:me\s+)?(?:all\s+|every\s+|each\s+)?(?:of\s+)?"
    r"(?:the\s+|our\s+)?"
    r"(?P<thing>[^\W\d_]{3,})\b",
    re.IGNORECASE,
)


def with_antecedent(question: str, quote: Quote) -> Quote:
    """The quote from the sentence on that its "it" stands for, if that has a word of the question or the quote has
    nothing but such words."""
    for _ in range(BEFORE):
        before = _before(quote) if PRONOUN.match(quote.text) else None
        missing = set(terms(question)).difference(terms(quote.text))
        if before is None or not (missing.intersection(terms(before.text)) or _says_nothing_new(question, quote.text)):
            break
        start = quote.hit.start + before.start
        quote = replace(quote, start=start, text=quote.hit.text[before.start : quote.end - quote.hit.start])
    return quote


def subject_of(question: str, quote: Quote) -> Quote | None:
    """The title or the opening line that names what the quote is about, as a quote of its own; None if it is told."""
    title = _title(quote)
    if title is None:
        return None
    thing = _THING.match(question)
    asked_for = set(terms(thing["thing"])) if thing else set()
    own, named = set(terms(quote.text)), set(terms(title.text))
    lacks = bool(asked_for) and asked_for <= named and not asked_for & own
    if not (lacks or _says_nothing_new(question, quote.text)) or not named - own - set(terms(question)):
        return None
    start, end = quote.hit.start + title.start, quote.hit.start + title.end
    return replace(quote, start=start, end=end, text=title.text)


def _before(quote: Quote) -> Passage | None:
    """The sentence before the quote, in its own paragraph."""
    hit = quote.hit
    above = [one for one in passages_of(hit.text, hit.above) if hit.start + one.end <= quote.start]
    if not above or above[-1].row or above[-1].label or above[-1].title or above[-1].item:
        return None
    gap = hit.text[above[-1].end : quote.start - hit.start]
    return None if "\n\n" in gap else above[-1]


def _title(quote: Quote) -> Passage | None:
    """The nearest title above the quote in its chunk, or the short line that opens the document."""
    hit = quote.hit
    above = [one for one in passages_of(hit.text, hit.above) if hit.start + one.end <= quote.start]
    titles = [one for one in above if one.title and not one.row]
    if titles:
        return titles[-1]
    opens = above[:1] if hit.start == 0 else []
    return next((one for one in opens if len(one.text) <= OPENING_CHARS and not one.row), None)


def _says_nothing_new(question: str, text: str) -> bool:
    """Whether its words are forms of those of the question; numbers, which may be written in other ways, left out."""
    asked = set(terms(question))
    new = [term for term in set(terms(text)) - asked if term.isalpha()]
    return bool(terms(text)) and all(any(term[:ROOT] == other[:ROOT] for other in asked) for term in new)
