"""Header rows that no parser has marked, and groups of rows, known by their form.

 | 2027 | 2026          a header
Cost of sales: |  |     one cell is filled, the first: it names the rows below it
Products | 41 | 40
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from api.services.parsing.parser import Span, Table
from api.services.text.column_names import continues_header, names_columns
from api.services.text.records import cells_of, is_group

SAMPLE = 5
"""Rows below a header that show whether its columns hold numbers."""
MOST_HEADERS = 5
"""Header rows that are recognised by their form."""


def headers_of(text: str, table: Table) -> int:
    """How many of the first rows are headers. Of a table that has nothing but header rows, none is one."""
    first = (text[slice(*row)] for row in table.rows[table.headers : MOST_HEADERS])
    found = table.headers + sum(1 for _ in takewhile(names_columns, first))
    if 0 < found < min(len(table.rows) - 1, MOST_HEADERS):
        rows = (text[slice(*row)] for row in table.rows[found - 1 : found + 1 + SAMPLE])
        found += continues_header(*map(cells_of, rows))
    return next((headers for headers in (found, table.headers) if headers < len(table.rows)), 0)


def groups_of(text: str, rows: Sequence[Span]) -> Iterator[Span | None]:
    """For each row where the name of its group stands, None if there is none."""
    group: Span | None = None
    for start, end in rows:
        row = text[start:end]
        if is_group(row):
            begin = start + len(row) - len(row.lstrip())
            group = begin, begin + len(cells_of(row)[0])
        yield group
