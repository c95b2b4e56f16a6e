"""Puts the pieces of a recognised table into its columns."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from api.adapters.parsing.ocr.pieces import Piece
from api.adapters.parsing.table_rows import Cell, TableRow

Column = tuple[float, float]
"""Where a column begins and ends, in pixels."""


def cells_of(rows: Sequence[Sequence[Piece]]) -> list[TableRow]:
    """The rows, with an empty cell where a row has nothing in a column."""
    found = _columns(rows)
    return [TableRow(_cells(row, found)) for row in rows]


def _columns(rows: Sequence[Sequence[Piece]]) -> list[Column]:
    """The columns, by the rows that have a cell in each: the largest number of cells that more than one row has."""
    counts = Counter(map(len, rows))
    width = max((count for count, times in counts.items() if times > 1 and count > 1), default=max(counts))
    full = [row for row in rows if len(row) == width]
    return [
        (median(piece.left for piece in column), median(piece.right for piece in column))
        for column in zip(*full, strict=True)
    ]


def _cells(row: Sequence[Piece], columns: Sequence[Column]) -> list[Cell]:
    texts = [""] * len(columns)
    for piece in row:
        at = max(range(len(columns)), key=lambda number: _overlap(piece, columns[number]))
        texts[at] = f"{texts[at]} {piece.text}".strip()
    return [Cell(text) for text in texts]


def _overlap(piece: Piece, column: Column) -> float:
    """Pixels that both have in common; less than 0 is their distance."""
    return min(piece.right, column[1]) - max(piece.left, column[0])
