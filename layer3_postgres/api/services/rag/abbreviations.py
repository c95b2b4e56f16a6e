"""A question in the other form of an abbreviation: "Who approves paid time off?" for a text that writes of the PTO.

No list of abbreviations is needed: the initials of consecutive words tell.
"""

import re
from collections.abc import Iterator, Sequence

from api.services.retrieval.search import Hit
from api.services.text.terms import STOPWORDS

LONGEST = 6
"""Letters of the longest abbreviation that is looked at."""

_WORD = re.compile(r"[^\W\d_]+")
_ABBREVIATION = re.compile(rf"\b[^\W\d_]{{2,{LONGEST}}}\b")


def other_form(question: str, hits: Sequence[Hit]) -> str:
    """`question` with a long form shortened as the hits do, or an abbreviation that no hit has in its long form.

    The question itself if it has neither.
    """
    text = " ".join(hit.text for hit in hits)
    known = set(_abbreviations(text))
    for start, end, initials in _runs(question):
        if initials in known:
            return f"{question[:start]}{initials}{question[end:]}"
    missing = set(_abbreviations(question)) - known
    for start, end, initials in _runs(text) if missing else ():
        if initials in missing:
            return text[start:end].join(re.split(rf"\b{initials}\b", question))
    return question


def _abbreviations(text: str) -> Iterator[str]:
    return (found.group() for found in _ABBREVIATION.finditer(text) if found.group().isupper())


def _runs(text: str) -> Iterator[tuple[int, int, str]]:
    """The spans of three to `LONGEST` consecutive words, longest first, with their initials in capitals."""
    words = [found for found in _WORD.finditer(text) if not (len(found.group()) > 1 and found.group().isupper())]
    for size in range(LONGEST, 2, -1):
        for at in range(len(words) - size + 1):
            run = words[at : at + size]
            if run[0].group().lower() in STOPWORDS:  # "who heads our" is not the WHO
                continue
            yield run[0].start(), run[-1].end(), "".join(word.group()[0] for word in run).upper()
