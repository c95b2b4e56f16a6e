"""Collects the cells of an HTML table while its elements are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from api.adapters.parsing.table_rows import MAX_COLUMNS, Cell, TableRow

MAX_ROWS = 65_534
"""Rows that a cell may cover, as in browsers; `rowspan="0"` covers all that follow."""

_NUMBER = re.compile(r"\d{1,6}")


@dataclass(slots=True)
class OpenTable:
    """A table whose end has not come yet. `by_role`: its elements have the roles of table, row and cell.

    `outer`: the texts that were being collected around the open cells; a cell by role may stand inside another one.
    """

    by_role: bool = False
    outer: list[list[str]] = field(default_factory=list)
    rows: list[TableRow] = field(default_factory=list)
    in_head: bool = False
    in_cell: bool = False
    _columns: int = 1
    _rows: int = 1
    _inner: list[str] = field(default_factory=list)
    _has_values: bool = False

    def open_row(self) -> None:
        """A row of headings until a cell with a value comes."""
        self.close_row()
        self.rows.append(TableRow(header=True))
        self._has_values = False

    def close_row(self) -> None:
        """A row is a header inside `<thead>`, or if all of its cells are headings."""
        if self.rows:
            self.rows[-1].header &= self.in_head or not self._has_values

    def open_cell(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Begin a cell; also a row, if none is open."""
        if not self.rows:
            self.open_row()
        self.in_cell = True
        self._has_values |= tag == "td"
        self._columns = max(1, min(_number(attributes.get("colspan"), 1), MAX_COLUMNS))
        self._rows = _number(attributes.get("rowspan"), 1) or MAX_ROWS
        self._inner = []

    def add_inner(self, rows: tuple[str, ...]) -> None:
        """The rows of a table inside the open cell."""
        self._inner += rows

    def close_cell(self, text: str) -> None:
        """End the open cell, whose text is known now."""
        self.in_cell = False
        self.rows[-1].cells.append(Cell(text, self._columns, min(self._rows, MAX_ROWS), tuple(self._inner)))


def _number(text: str | None, default: int) -> int:
    return int(text) if text and _NUMBER.fullmatch(text.strip()) and text.isascii() else default
