"""Rows of cells as the blocks of a table: what stands above it, its header, its rows."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from api.adapters.parsing.text_builder import Block, Row

Cells = Sequence[str]

SAMPLE = 100
"""Rows that are examined to find the header."""
TITLE_ROWS = 10
"""Rows above a header, at most: a title, a date, who made it."""
LONE_BAR = "\u00a6"
"""Stands for a bar that is all of a cell, because bars separate the cells of a row."""
LONG_NAME = 80
"""Characters. Names of columns are shorter."""

_SPACES = re.compile(r"\s+")
_BAR = re.compile(r"(?:^|\s)\|(?:\s|$)")
_VALUE = re.compile(
    r"[-+(]?[\d.,\s'’]*\d[\d.,\s'’]*\)?\s*[%€$£¥]?|[€$£¥]\s*[\d.,]+"  # a number, an amount
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|\d{1,2}:\d\d(?::\d\d)?"  # a date, a time
    r"|true|false|yes|no|null|n/?a|\S+@\S+\.\w+|https?://\S+",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def table_blocks(rows: Iterable[Cells]) -> Iterator[Block]:
    """One block for each row, those of a title above the table as paragraphs. Empty rows and columns are left out.

    Columns are empty when the first `SAMPLE` rows have nothing in them at the right end.
    """
    filled = (row for row in map(_tidied, rows) if any(row))
    sample = list(islice(filled, SAMPLE))
    titles = _titles(sample)
    for row in sample[:titles]:
        yield Block(" ".join(cell for cell in row if cell))
    body = sample[titles:]
    width = max((_width(row) for row in body), default=0)
    header = has_header([row[:width] for row in body])
    for number, row in enumerate(chain(body, filled)):
        shown = (*row[: max(width, _width(row))], *[""] * (width - len(row)))
        yield row_block(shown, Row.HEADER if header and number == 0 else Row.BODY, first=number == 0)


def row_block(cells: Iterable[str], row: Row, first: bool) -> Block:
    """One row; `first`: of its table."""
    return Block(" | ".join(cells), tight=not first, row=row)


def one_line(cell: str) -> str:
    """The cell as a part of a row: on one line, and without spaces around a bar, which would then end the cell."""
    text = _SPACES.sub(" ", cell).strip()
    if "|" not in text:
        return text
    return LONE_BAR if text == "|" else _BAR.sub("|", text)


def has_header(rows: Sequence[Cells]) -> bool:
    """Whether the first row names the columns: with short names, none of which is a value such as a number.

    A year is a name among other names. Names are different, unless values stand below them.
    """
    if len(rows) < 2 or not rows[0]:
        return False
    names = [name for name in rows[0] if name]
    few = len(names) < len(rows[0]) - max(1, len(rows[0]) // 3)
    if few or any(len(name) > LONG_NAME for name in names):
        return False
    values = [name for name in names if is_value(name)]
    below = any(is_value(cell) for row in rows[1:] for cell in row)
    if not below:
        different = len(set(names)) == len(names)
        return different and len(values) in (0, len(names))  # columns may be numbered
    return all(map(_YEAR.fullmatch, values)) and (len(values) < len(names) or "" in rows[0])


def is_value(cell: str) -> bool:
    """Whether the cell is a number, an amount, a date, a truth value or an address."""
    return bool(_VALUE.fullmatch(cell))


def _titles(sample: Sequence[Cells]) -> int:
    """How many rows at the top are a title: one filled cell, or one that is merged, above rows of several cells."""
    widths = [_filled(row) for row in sample]
    if max(widths, default=0) < 2:
        return 0
    above = next(number for number, width in enumerate(widths) if width > 1)
    return above if above <= TITLE_ROWS else 0


def _filled(row: Cells) -> int:
    """Filled cells; a value that is in several columns is a merged cell, which counts once."""
    filled = [cell for cell in row if cell]
    return 1 if len(filled) > 2 and len(set(filled)) == 1 else len(filled)


def _tidied(row: Cells) -> Cells:
    return [one_line(cell) for cell in row]


def _width(row: Cells) -> int:
    """Cells up to the last one that is filled."""
    return next((len(row) - number for number, cell in enumerate(reversed(row)) if cell), 0)
