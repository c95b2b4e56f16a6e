"""Several tables one below the other in rows of cells, as in the sheets of a workbook and in reports saved as CSV."""

from collections.abc import Iterator, Sequence

from api.adapters.parsing.records.table import Cells, has_header, is_value, table_blocks
from api.adapters.parsing.text_builder import Block

Rows = Sequence[Cells]

AHEAD = 4
"""Rows that show whether another table begins."""


def sections(rows: Rows) -> Iterator[Rows]:
    """The tables: an empty row ends one if what follows is elsewhere, or has a title or a header of its own."""
    table, gap = list[Cells](), False
    for position, row in enumerate(rows):
        if not any(row):
            gap = bool(table)
        else:
            if gap and _begins_table(table, rows[position : position + AHEAD]):
                yield table
                table = []
            table.append(row)
            gap = False
    if table:
        yield table


def section_blocks(rows: Rows) -> Iterator[Block]:
    """The blocks of a table. Single cells one below the other are notes, not a table."""
    if max(sum(map(bool, row)) for row in rows) > 1:
        yield from table_blocks(rows)
    else:
        yield from (Block(" ".join(filter(None, row))) for row in rows)


def _begins_table(before: Rows, rows: Rows) -> bool:
    columns = {number for row in before for number, cell in enumerate(row) if cell}
    here = {number for number, cell in enumerate(rows[0]) if cell}
    if len(columns) == 1 or not here <= columns:
        return True
    if len(here) == 1:
        return _has_named_columns(rows[1:])
    return _has_named_columns([row[min(here) : max(here) + 1] for row in rows[: AHEAD - 1]])


def _has_named_columns(rows: Rows) -> bool:
    """Whether the first row is a header, and values stand below it."""
    return any(is_value(cell) for row in rows[1:] for cell in row) and has_header(rows)
