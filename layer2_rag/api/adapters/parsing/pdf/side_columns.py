"""Columns of a PDF table that liteparse takes for paragraphs beside it: a distant first one, and a last one."""

from collections.abc import Sequence

from liteparse.types import AnnotationRect, LayoutBlock, LayoutCell, TextItem

from api.adapters.parsing.pdf.columns import PROSE
from api.adapters.parsing.pdf.table_lines import SAME_LINE

CLOSE = 3.0
"""Points by which a line may start outside the box of its table."""
SENTENCE = 5
"""Words of a piece of text that may be a sentence."""


def first_columns(table: LayoutBlock, blocks: list[LayoutBlock]) -> list[AnnotationRect]:
    """The boxes of blocks left of a table that are its first column."""
    box = table.bbox
    return [b for b in _prose(blocks) if box and b.x + b.width < box.x and b.height > 0 and _is_beside(b, box)]


def last_column(table: LayoutBlock, blocks: list[LayoutBlock], items: Sequence[TextItem]) -> AnnotationRect | None:
    """The box of the block right of the words of a table that is its last column.

    It has no sentences, and a piece of text at the height of the first line of each row.
    """
    box, rows = table.bbox, [row for row in (table.header, *(table.rows or ())) if row]
    beside = [side for side in _prose(blocks) if box and side.x > box.x and _is_beside(side, box)]
    if not box or not beside:  # of most tables
        return None
    items = [item for item in items if box.y - CLOSE <= item.y <= box.y + box.height + CLOSE]
    tops = [min(tops) for row in rows if (tops := _tops(row, items))]
    for side in beside if len(tops) > 1 else ():
        own = [item for item in items if holds(side, item.x, item.y)]
        if side.x <= _right_end(rows, items, side) or not own:
            continue
        level = [top for top in tops if any(abs(item.y - top) <= SAME_LINE for item in own)]
        if len(level) == len(tops) and all(len(item.text.split()) < SENTENCE for item in own):
            return side
    return None


def clipped(row: list[LayoutCell], side: AnnotationRect | None) -> list[LayoutCell]:
    """The cells without what is at the place of the last column."""
    return [LayoutCell(cell.text, left_of(cell.bbox, side) if cell.bbox else None) for cell in row] if side else row


def left_of(box: AnnotationRect, side: AnnotationRect | None) -> AnnotationRect:
    """The part of a box that is left of the last column."""
    if side is None or box.x + box.width < side.x:
        return box
    return AnnotationRect(box.x, box.y, max(side.x - CLOSE - 1 - box.x, 0.0), box.height)


def cell_at(box: AnnotationRect, items: Sequence[TextItem]) -> LayoutCell:
    """The cell of a row in such a column. `items`: at the height of the row."""
    return LayoutCell(" ".join(item.text for item in items if spans(box, item)), box)


def spans(box: AnnotationRect, item: TextItem) -> bool:
    """Whether a piece of text stands above, in or below a box."""
    return box.x - CLOSE <= item.x + item.width / 2 <= box.x + box.width + CLOSE


def holds(box: AnnotationRect, x: float, y: float) -> bool:
    """Whether a point is in a box."""
    return box.x - CLOSE <= x <= box.x + box.width + CLOSE and box.y - CLOSE <= y <= box.y + box.height + CLOSE


def _prose(blocks: list[LayoutBlock]) -> list[AnnotationRect]:
    return [block.bbox for block in blocks if block.kind in PROSE and block.bbox]


def _is_beside(block: AnnotationRect, table: AnnotationRect) -> bool:
    end, last = table.y + table.height, block.y + block.height
    return table.y - CLOSE <= block.y and last <= end + CLOSE and block.height > table.height / 2


def _tops(row: list[LayoutCell], items: Sequence[TextItem]) -> list[float]:
    """The heights of the pieces of text in a row."""
    boxes = [cell.bbox for cell in row if cell.bbox]
    return [item.y for item in items if any(holds(box, item.x, item.y + item.height / 2) for box in boxes)]


def _right_end(rows: list[list[LayoutCell]], items: Sequence[TextItem], side: AnnotationRect) -> float:
    """Where the words of the table end that begin left of a block."""
    boxes = [cell.bbox for row in rows for cell in row if cell.bbox]
    own = [item for item in items if item.x < side.x and any(holds(box, item.x, item.y) for box in boxes)]
    return max((item.x + item.width for item in own), default=0.0)
