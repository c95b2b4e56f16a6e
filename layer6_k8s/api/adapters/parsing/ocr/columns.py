"""Cuts the rows of a recognised page into columns of prose."""

from collections.abc import Iterator
from itertools import groupby
from statistics import median

from api.adapters.parsing.ocr.pieces import Piece

Rows = list[list[Piece]]
"""The pieces of a page by height, each row from left to right."""

STEPS = 120
"""Places across the page at which a gap is looked for."""
MARGIN = 0.2
"""Share of the width at either side where no gap between columns lies."""
LEAST_ROWS = 4
"""Rows of a column."""
WORDS = 4.0
"""Least usual number of words in the rows of a column of prose; the cells of a table have fewer."""
WORD = 6
"""Characters that count as a word where words have no spaces."""
DEPTH = 3


def columns(rows: Rows, depth: int = 0) -> Iterator[Rows]:
    """The parts of the page in reading order."""
    gap = _gap(rows) if depth < DEPTH and len(rows) >= LEAST_ROWS else None
    if gap is None:
        yield rows
        return
    for spanning, group in groupby(rows, key=lambda row: _spans(row, gap)):
        part = list(group)
        left, right = _side(part, gap, before=True), _side(part, gap, before=False)
        if not spanning and _is_prose(left) and _is_prose(right):
            yield from columns(left, depth + 1)
            yield from columns(right, depth + 1)
        else:
            yield part


def _gap(rows: Rows) -> float | None:
    """The place that the fewest rows cross, in the middle of all such places; None if a third of them do."""
    left, right = min(row[0].left for row in rows), max(row[-1].right for row in rows)
    width = right - left
    places = [left + width * (MARGIN + (1 - 2 * MARGIN) * step / STEPS) for step in range(STEPS + 1)]
    crossed = [sum(_spans(row, place) for row in rows) for place in places]
    least = min(crossed)
    if least > len(rows) / 3:
        return None
    best = [place for place, count in zip(places, crossed, strict=True) if count == least]
    return best[len(best) // 2]


def _spans(row: list[Piece], place: float) -> bool:
    return any(piece.left < place < piece.right for piece in row)


def _side(rows: Rows, gap: float, before: bool) -> Rows:
    sides = ([piece for piece in row if (piece.left < gap) == before] for row in rows)
    return [side for side in sides if side]


def _is_prose(rows: Rows) -> bool:
    return len(rows) >= LEAST_ROWS and median(map(_words, rows)) >= WORDS


def _words(row: list[Piece]) -> float:
    return max(sum(max(len(word) / WORD, 1) if len(word) > 3 * WORD else 1 for word in p.text.split()) for p in row)
