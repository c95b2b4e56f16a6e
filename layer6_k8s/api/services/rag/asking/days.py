"""Days in the form in which the documents have them: 1998-05-03 is asked as "3 May 1998" where a passage says so."""

import re
from collections.abc import Sequence

from api.services.retrieval.search import Hit
from api.services.text.numerals import dates


def in_their_form(question: str, hits: Sequence[Hit]) -> str:
    """The question with its days written as in the first hit that has them; days that no hit has stay.

    3/5/1998 is 3 May or 5 March: whichever a hit has.
    """
    asked: dict[str, list[str]] = {}
    for written, day in dates(question.lower()):
        asked.setdefault(written, []).append(day)
    for written, days in asked.items() if hits else ():
        theirs = next((form for hit in hits for form, day in dates(hit.text.lower()) if day in days), None)
        if theirs and theirs not in question.lower():
            question = re.sub(re.escape(written), _as_written(theirs, hits), question, count=1, flags=re.IGNORECASE)
    return question


def _as_written(day: str, hits: Sequence[Hit]) -> str:
    """`3 May 1998` for `3 may 1998`."""
    found = (re.search(re.escape(day), hit.text, re.IGNORECASE) for hit in hits)
    return next((one.group() for one in found if one), day)
