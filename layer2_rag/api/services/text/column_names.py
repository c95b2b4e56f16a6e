"""Rows that name columns, known by their form: the first cell is empty, or all of them are dates, periods or units.

 | Three Months Ended June 30, |
 | 2027 | 2026
Cost of sales | 41,485 | 40,899     none: it has values
"""

import re
from collections.abc import Sequence

from api.services.text.records import cells_of

NAME_CHARS = 80
"""Characters of the name of a column."""

_WORD = re.compile(
    r"[$€£¥%&–—-]|(?:19|20)\d\d|q[1-4]|fy|\d{1,2}(?:st|nd|rd|th)?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"|years?|quarters?|months?|weeks?|fiscal|ended|ending|as|of|at|on|to|first|second|third|fourth|three|six|nine|twelve"
    r"|change|total|unaudited|in|thousands|millions|billions",
    re.IGNORECASE,
)
"""A word of a date, a period or a unit."""
_AMOUNT = re.compile(r"[\s$€£¥(–—-]*(?:\d{1,2}[\s)%]*)?")
_NUMBER = re.compile(r"[\s$€£¥(+-]*\d[\d.,\s]*[)%\s]*")
_UNIT = re.compile(r"[(\[]?(?=.*[^\W\d_]|.*[%°€$£¥])[\w%°€$£¥/·*^.²³-]{1,8}[)\]]?")
_YEAR = re.compile(r"\s*(?:19|20)\d\d\s*")


def names_columns(row: str) -> bool:
    """Whether a row names columns and has no value; a number of up to two digits by itself is one, a year is none."""
    first, *others = cells_of(row)
    filled = [cell for cell in others if cell]
    if not filled or any(len(cell) > NAME_CHARS for cell in filled):
        return False
    if all(map(is_period, filled)):
        return len(filled) > 1 or not first or is_period(first)
    return not first and not any(_NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in filled)


def continues_header(above: Sequence[str], row: Sequence[str], *below: Sequence[str]) -> bool:
    """Whether a row below a header names columns, too, above columns of numbers.

    It names the columns of groups, which the row above names; or the units in which all its columns are given:

    Time | Pressure         | 2027 |  | 2026 |
    s | bar                Region | Men | Women | Men | Women
    0 | 1.2                North | 5 | 6 | 7 | 8
    """
    named = [at for at, cell in enumerate(row) if cell]
    if len(named) < 2 or any(_NUMBER.fullmatch(row[at]) or len(row[at]) > NAME_CHARS for at in named):
        return False
    numeric = [at for at in named if all(len(cells) > at and _NUMBER.fullmatch(cells[at]) for cells in below)]
    if len(numeric) == len(named) and all(_UNIT.fullmatch(row[at]) for at in named):
        return True
    groups = list(filter(None, above[1:]))
    grouped = 0 < len(groups) < len(above) - 1 or len(set(groups)) < len(groups)
    return grouped and numeric == [at for at in named if at]


def is_period(text: str) -> bool:
    """Whether a text has nothing but words of dates, periods and units, and is no amount."""
    return all(_WORD.fullmatch(word.strip("(),.:")) for word in text.split()) and not _AMOUNT.fullmatch(text)
