"""Mends what PDFium reads across: columns of text, and tables without rules, that were drawn line by line.

liteparse finds blocks side by side; lines that run from one into the other show that PDFium took them for one.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from liteparse.types import LayoutBlock, TextItem

from api.adapters.parsing.pdf.blocks import Region
from api.adapters.parsing.pdf.lines import Line
from api.adapters.parsing.pdf.table_text import says_the_same
from api.adapters.parsing.table_rows import Cell, TableRow, table_blocks
from api.adapters.parsing.text_builder import Block

Points = dict[int, tuple[float, float]]
"""Where the lines of a page begin, by their number: to the right and down from its upper left corner."""
PROSE = ("heading", "paragraph", "list_item")
MAX_BLOCKS = 200
"""Blocks of a page that are looked at."""
CLOSE = 3.0
"""Points that two things may overlap by accident."""
CROSSING = 3
"""Lines that run from one block into the next and show that both were drawn across."""
WORDS = 4
"""Least average number of words in the lines of a column of text; in a table, lines are shorter."""
ROW_GAP = 1.2
"""Ratio of the distance between two rows to that between the lines of a row."""


def columns(blocks: list[LayoutBlock], items: list[TextItem], lines: list[Line], points: Points) -> Iterator[Region]:
    """The columns that were read across, in reading order, or as rows if they are those of a table.

    `items`: the pieces of text of the page, from the top down; `points`: of the lines that no table has.
    """
    torn = _torn([block for block in blocks if block.text and block.bbox and block.kind in PROSE], lines, points)
    inside = [number for number, point in points.items() if any(_meets(block, lines[number], point) for block in torn)]
    pieces = [item for item in items if any(_has(block, item) for block in torn)]
    if not inside or not says_the_same([lines[n].text for n in inside], [item.text for item in pieces]):
        return
    if all(_is_prose(block, pieces) for block in torn):
        yield Region(frozenset(inside), tuple(Block(block.text or "") for block in torn))
    else:
        rows = tuple(table_blocks(_rows(torn, pieces)))
        if len(rows) > 1:
            yield Region(frozenset(inside), rows)


def _torn(blocks: list[LayoutBlock], lines: list[Line], points: Points) -> list[LayoutBlock]:
    """The blocks that lines run through to the next one on their right, in the given order."""
    crossed = Counter[tuple[int, int]]()
    for number in points:
        pieces = [at for at in (number, number + 1) if at in points and abs(points[at][1] - points[number][1]) < 1]
        met = [  # PDFium cuts a line at a wide gap, so that the next one may go on at the same height
            at
            for at, block in enumerate(blocks[:MAX_BLOCKS])
            if any(_meets(block, lines[piece], points[piece]) for piece in pieces)
        ]
        crossed.update(pairwise(sorted(met, key=lambda at: _left(blocks[at]))))
    pairs = [pair for pair, times in crossed.items() if times >= CROSSING and _apart(*(blocks[at] for at in pair))]
    torn = {at for pair in pairs for at in pair}
    return [block for at, block in enumerate(blocks) if at in torn]


def _left(block: LayoutBlock) -> float:
    return block.bbox.x if block.bbox else 0.0


def _apart(left: LayoutBlock, right: LayoutBlock) -> bool:
    return left.bbox is not None and left.bbox.x + left.bbox.width <= _left(right)


def _meets(block: LayoutBlock, line: Line, point: tuple[float, float]) -> bool:
    x, y = point
    box = block.bbox
    if box is None or not box.y <= y <= box.y + box.height + CLOSE:
        return False
    return x < box.x + box.width - CLOSE and x + line.right - line.left > box.x + CLOSE


def _has(block: LayoutBlock, item: TextItem) -> bool:
    box, x, y = block.bbox, item.x + item.width / 2, item.y + item.height / 2
    return box is not None and box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height


def _is_prose(block: LayoutBlock, items: list[TextItem]) -> bool:
    """Whether the lines of a block are long, or sentences run on from line to line."""
    words, height = len((block.text or "").split()), _height(block, items)
    if words >= WORDS * height:
        return True
    begun = [item.text.lstrip() for item in items if _has(block, item)]
    running = sum(text[:1].islower() for text in begun)
    return words >= (WORDS - 1) * height and 2 * running >= len(begun) and (block.text or "").rstrip().endswith(".")


def _height(block: LayoutBlock, items: list[TextItem]) -> int:
    """The lines of a block."""
    return len({round(item.y) for item in items if _has(block, item)})


def _rows(torn: list[LayoutBlock], items: list[TextItem]) -> list[TableRow]:
    """Rows of a table whose columns are the blocks. A row begins after a wider gap; without any, on each line."""
    levels: dict[int, list[TextItem]] = {}
    for item in items:
        levels.setdefault(round(item.y), []).append(item)
    heights = sorted(levels)
    closest = min((below - above for above, below in pairwise(heights)), default=0)
    order = sorted(torn, key=_left)
    rows = list[list[str]]()
    for above, here in zip([None, *heights], heights, strict=False):
        if above is None or here - above > ROW_GAP * closest or not _has_gaps(heights, closest):
            rows.append([""] * len(order))
        for item in sorted(levels[here], key=lambda item: item.x):
            at = next(at for at, block in enumerate(order) if _has(block, item))
            rows[-1][at] = f"{rows[-1][at]} {item.text}".strip()
    return [TableRow([Cell(text) for text in row]) for row in rows]


def _has_gaps(heights: list[int], closest: int) -> bool:
    return any(below - above > ROW_GAP * closest for above, below in pairwise(heights))
