"""What the rows of a table are by their form: header rows that no parser has marked, and rows that name a group.

2027 | 2026             the first cell is empty, or the others are dates: a header
Cost of sales: |  |     one cell is filled, the first: it names the rows below it
Products | 41 | 40
"""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from api.services.parsing.parser import Span, Table
from api.services.text.records import cells_of, is_group

MOST_HEADERS = 5
"""Header rows that are recognised by their form."""
NAME_CHARS = 80
"""Characters of the name of a column."""

_PERIOD = re.compile(
    r"[$€£¥%&–—-]|(?:19|20)\d\d|q[1-4]|fy|\d{1,2}(?:st|nd|rd|th)?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"|years?|quarters?|months?|weeks?|fiscal|ended|ending|as|of|at|on|to|first|second|third|fourth|three|six|nine|twelve"
    r"|change|total|unaudited|in|thousands|millions|billions",
    re.IGNORECASE,
)
"""A word of a date, a period or a unit."""
_NUMBER = re.compile(r"[\s$€£¥(+-]*\d[\d.,\s]*[)%\s]*")
_AMOUNT = re.compile(r"[\s$€£¥(–—-]*(?:\d{1,2}[\s)%]*)?")
_YEAR = re.compile(r"\s*(?:19|20)\d\d\s*")


def headers_of(text: str, table: Table) -> int:
    """How many of the first rows are headers. Of a table that has nothing but header rows, none is one."""
    first = (text[slice(*row)] for row in table.rows[table.headers : MOST_HEADERS])
    found = table.headers + sum(1 for _ in takewhile(_names_columns, first))
    return found if found < len(table.rows) else table.headers if table.headers < len(table.rows) else 0


def groups_of(text: str, rows: Sequence[Span]) -> Iterator[Span | None]:
    """For each row where the name of its group stands, None if there is none."""
    group: Span | None = None
    for start, end in rows:
        row = text[start:end]
        if is_group(row):
            begin = start + len(row) - len(row.lstrip())
            group = begin, begin + len(cells_of(row)[0])
        yield group


def _names_columns(row: str) -> bool:
    """Whether a row names columns: its first cell is empty and no other is a value, or the others are periods."""
    first, *others = cells_of(row)
    filled = [cell for cell in others if cell]
    if not filled or any(len(cell) > NAME_CHARS for cell in filled):
        return False
    if all(map(_is_period, filled)):
        return len(filled) > 1 or not first or _is_period(first)
    return not first and not any(_NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in filled)


def _is_period(cell: str) -> bool:
    return all(_PERIOD.fullmatch(word.strip("(),.:")) for word in cell.split()) and not _AMOUNT.fullmatch(cell)
