"""Puts recognised pieces into reading order, as the lines and tables of a page.

Pieces at one height are a row. A page is cut into columns where prose stands on both sides of a gap; elsewhere, rows of
several pieces that follow each other are a table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from api.adapters.parsing.ocr.cells import cells_of
from api.adapters.parsing.ocr.columns import Rows, columns
from api.adapters.parsing.ocr.pieces import Piece
from api.adapters.parsing.pdf.blocks import Region
from api.adapters.parsing.pdf.hyphens import MARK
from api.adapters.parsing.pdf.lines import Line
from api.adapters.parsing.table_rows import table_blocks

SAME_ROW = 0.5
"""Distance of two middles, in heights, below which two pieces are in one row."""
SAME_LINE = 1.0
"""Gap in heights below which two pieces are one."""
LARGER = 1.45
"""Ratio of heights above which a line has a larger type: a box is higher if its line has long letters."""
TYPE_SIZE = 0.75
"""Ratio of a type size to the height of its line's box."""
LABELS = 2
"""Rows of one piece that may stand inside a table, such as `Operating expenses:`."""
SIGNS = frozenset("$€£¥")
LETTER = 0.3
"""Ratio of the width of a narrow letter to the height of its line's box."""
LEGIBLE = 0.25
"""Share of the lines' width that their letters must fill: those that the model does not know are missing in them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The recognised text of a page, in the form in which PDF pages are read."""

    lines: list[Line]
    regions: list[Region]
    legible: bool = True
    """False if most letters are of a script that the model does not know; the page then has no lines."""

    @property
    def text(self) -> str:
        """A line for each line."""
        return "\n".join(line.text for line in self.lines)


def reading(pieces: Sequence[Piece], scale: float = 1.0) -> Reading:
    """The page. `scale`: points per pixel."""
    if not _is_legible(pieces):
        return Reading([], [], legible=False)
    lines, regions = list[Line](), list[Region]()
    usual = median([piece.height for piece in pieces]) if pieces else 0.0
    for group in columns(_rows(pieces)):
        for part in _tables(group):
            first = len(lines)
            lines += [_line(row, usual, scale) for row in part]
            if len(part) > 1:
                blocks = tuple(table_blocks(cells_of(part)))
                regions.append(Region(frozenset(range(first, len(lines))), blocks))
    return Reading(lines, regions)


def _is_legible(pieces: Sequence[Piece]) -> bool:
    letters = sum(len("".join(piece.text.split())) * LETTER * piece.height for piece in pieces)
    return letters >= LEGIBLE * sum(piece.right - piece.left for piece in pieces)


def _rows(pieces: Sequence[Piece]) -> Rows:
    """The pieces by height, each row from left to right."""
    rows = list[list[Piece]]()
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        if rows and _is_level(rows[-1], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [list(_joined(sorted(row, key=lambda piece: piece.left))) for row in rows]


def _is_level(row: list[Piece], piece: Piece) -> bool:
    middle = sum(other.middle for other in row) / len(row)
    overlapping = any(other.left < piece.right and piece.left < other.right for other in row)
    near = SAME_ROW * min(piece.height, *(other.height for other in row))
    return piece.middle - middle < (near / 2 if overlapping else near)


def _joined(row: list[Piece]) -> Iterator[Piece]:
    """The row, with pieces that stand close together, and signs with their numbers, as one."""
    before: Piece | None = None
    for piece in row:
        near = before and piece.left - before.right < SAME_LINE * piece.height and piece.text not in SIGNS
        if before and (near or before.text in SIGNS):
            top, bottom = min(before.top, piece.top), max(before.bottom, piece.bottom)
            before = Piece(f"{before.text} {piece.text}", before.left, top, max(before.right, piece.right), bottom)
            continue
        if before:
            yield before
        before = piece
    if before:
        yield before


def _tables(rows: Rows) -> Iterator[Rows]:
    """The rows of each table together, and every other row by itself."""
    start = 0
    while start < len(rows):
        end = _end_of_table(rows, start)
        yield rows[start:end]
        start = end


def _end_of_table(rows: Rows, start: int) -> int:
    """Where the table that begins with a row ends; after that row if none does."""
    end, at = start + 1, start + 1
    if len(rows[start]) < 2:
        return end
    while at < len(rows) and at - end <= LABELS and _is_near(rows[at - 1], rows[at]):
        at += 1
        if len(rows[at - 1]) > 1:
            end = at
    return end


def _is_near(above: list[Piece], row: list[Piece]) -> bool:
    return row[0].middle - above[0].middle < 3.5 * max(row[0].height, above[0].height)


def _line(row: list[Piece], usual: float, scale: float) -> Line:
    text = " ".join(piece.text for piece in row)
    if len(row) == 1 and text.endswith("-") and text[-2:-1].isalpha():
        text = text[:-1] + MARK
    tallest = max(piece.height for piece in row)
    size = usual if tallest < LARGER * usual else tallest
    return Line(
        text,
        row[0].left * scale,
        row[-1].right * scale,
        -row[0].bottom * scale,
        round(size * scale * TYPE_SIZE, 1),
        False,
    )
