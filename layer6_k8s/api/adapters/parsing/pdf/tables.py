"""Finds the tables of PDF pages with liteparse.

What it finds replaces the lines at its place only if it has the same characters: liteparse may lose a column, or take
two rows for one. A page with hidden text, or with a script that is written from right to left, is not changed.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from math import inf
from statistics import median

from liteparse import LiteParse, ParseError
from liteparse.types import AnnotationRect, LayoutBlock, LayoutCell, ParsedPage, TextItem

from api.adapters.parsing.pdf.blocks import Region
from api.adapters.parsing.pdf.columns import Points, columns
from api.adapters.parsing.pdf.header_above import header_above
from api.adapters.parsing.pdf.lines import Line
from api.adapters.parsing.pdf.page import Page
from api.adapters.parsing.pdf.side_columns import (
    SENTENCE,
    cell_at,
    clipped,
    first_columns,
    holds,
    last_column,
    left_of,
    spans,
)
from api.adapters.parsing.pdf.table_lines import are_rows, has_more, placed
from api.adapters.parsing.pdf.table_text import Marks, is_within, says_the_same, with_signs_moved, with_words_in
from api.adapters.parsing.table_headers import headers
from api.adapters.parsing.table_rows import BAR, Cell, TableRow, table_blocks

BATCH = 25
"""Pages that liteparse holds at a time."""

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


@dataclass(frozen=True, slots=True)
class _Row:
    cells: list[LayoutCell]
    top: float
    items: list[TextItem]


def find_regions(data: bytes, pages: Sequence[Page]) -> list[list[Region]]:
    """The regions of each page; none from the first page on that liteparse cannot read."""
    found: list[list[Region]] = [[] for _ in pages]
    reader = LiteParse(
        ocr_enabled=False, extract_blocks=True, extract_links=False, image_mode="off", num_workers=1, quiet=True
    )
    try:
        for batch in reader.parse_batches(data, BATCH):
            for page in batch.result.pages:
                own = pages[page.page_num - 1]
                if own.lines and not own.recognised and not own.unseen and not _RIGHT_TO_LEFT.search(own.raw):
                    found[page.page_num - 1] = _regions(page, own)
    except ParseError:
        return found
    return found


def _regions(page: ParsedPage, own: Page) -> list[Region]:
    free = {number: own.frame.from_top_left(line.left, line.baseline) for number, line in enumerate(own.lines)}
    items = sorted((item for item in page.text_items if item.text.strip()), key=lambda item: item.y)
    regions = list[Region]()
    for block in page.blocks or ():
        if block.kind == "table" and block.bbox and block.rows:
            sides = first_columns(block, page.blocks or []), last_column(block, page.blocks or [], items)
            region = _table(block, *sides, items, own.lines, free)
            if region:
                regions.append(region)
                free = {number: point for number, point in free.items() if number not in region.lines}
    if not own.frame.rotation:
        regions += columns(page.blocks or [], items, own.lines, free)
    return regions


def _table(
    table: LayoutBlock,
    labels: list[AnnotationRect],
    last: AnnotationRect | None,
    items: list[TextItem],
    lines: list[Line],
    points: Points,
) -> Region | None:
    """The table, unless it has other characters than the lines at its place. `labels`, `last`: columns beside it."""
    own_box = [left_of(table.bbox, last)] if table.bbox else []
    boxes, everywhere = [*labels, *own_box, *([last] if last else [])], items
    inside = {number: point for number, point in points.items() if any(holds(box, *point) for box in boxes)}
    rows = _rows(table, labels, last, [item for item in items if any(spans(box, item) for box in boxes)])
    middles = _middles(rows)
    read = [(row, _split(row, middles[: len(row.cells)])) for row in rows]
    while read and _is_torn(*read[-1]):
        top = read.pop()[0].top
        inside = {number: point for number, point in inside.items() if point[1] < top}
    if any(_is_torn(*row) for row in read):
        return None
    texts = [row for _, split in read for row in split]
    upwards = sorted(inside, key=lambda number: -inside[number][1])
    members = with_words_in([lines[number].text for number in upwards], texts)
    inside = {number: inside[number] for number, member in zip(upwards, members, strict=True) if member}
    own = [lines[number].text for number in sorted(inside)]
    if not own or not says_the_same(own, [text for row in texts for text in row]):
        return None
    if table.bbox and not headers(texts) and all(middle < inf for middle in middles):
        free = {number: point for number, point in points.items() if number not in inside}
        above, numbers = header_above(table.bbox, middles, everywhere, lines, free)
        texts, inside = [*above, *texts], inside | {number: free[number] for number in numbers}
    marks = Marks(own)
    texts = [with_signs_moved([marks.restored(text) for text in row]) for row in texts]
    blocks = tuple(table_blocks([TableRow([Cell(text) for text in row]) for row in texts]))
    return Region(frozenset(inside), blocks) if len(blocks) > 1 and any(BAR in b.text for b in blocks) else None


def _rows(
    table: LayoutBlock, labels: list[AnnotationRect], last: AnnotationRect | None, items: list[TextItem]
) -> list[_Row]:
    """The rows with the pieces of text at their heights. `items`: the pieces at the table's place, from the top down.

    A row reaches down to the next one, because its own box may end with its first line. A table that is set sideways
    has no such heights, and its rows are taken as they are.
    """
    rows = [*([table.header] if table.header else []), *(table.rows or [])]
    rows = [row for row in rows if any(cell.text.strip() for cell in row) or _is_filled(row, items)]
    tops = [min((cell.bbox.y for cell in row if cell.bbox), default=-inf) for row in rows]
    if not table.bbox or any(above >= below for above, below in pairwise(tops)):
        return [_Row(row, inf, []) for row in rows]
    edges = [bisect_left(items, y - 1, key=lambda item: item.y) for y in (*tops, table.bbox.y + table.bbox.height)]
    pieces = [items[start:end] for start, end in pairwise(edges)]
    first = [[cell_at(label, here) for label in labels] for here in pieces]
    end = [[cell_at(last, here)] if last else [] for here in pieces]
    whole = [left + clipped(row, last) + right for left, row, right in zip(first, rows, end, strict=True)]
    return [_Row(row, top, here) for row, top, here in zip(whole, tops, pieces, strict=True)]


def _is_filled(row: list[LayoutCell], items: list[TextItem]) -> bool:
    """Whether text stands in a row whose cells liteparse left empty."""
    box = row[0].bbox if row else None
    inside = [item for item in items if box and box.y <= item.y + item.height / 2 <= box.y + box.height]
    return len({round(item.y) for item in inside}) == 1 and not _has_sentence(inside)


def _has_sentence(items: list[TextItem]) -> bool:
    return any(len(item.text.split()) >= SENTENCE for item in items)


def _is_torn(row: _Row, texts: list[list[str]]) -> bool:
    """Whether a sentence at the height of a row was torn into cells: a foot below the table, or this is no table."""
    cells = [text for split in texts for text in split]
    sentences = (item.text for item in row.items if len(item.text.split()) >= SENTENCE)
    return any(not is_within(sentence, cells) for sentence in sentences)


def _middles(rows: list[_Row]) -> list[float]:
    """Where the columns have their middles."""
    columns = zip_longest(*([cell.bbox for cell in row.cells] for row in rows))
    return [median(box.x + box.width / 2 for box in column if box) if any(column) else inf for column in columns]


def _split(row: _Row, middles: list[float]) -> list[list[str]]:
    """The texts of the row; or those of the rows that liteparse took for one. Cells that it left empty are filled."""
    lines = placed(row.items, middles)
    cells = [cell.text for cell in row.cells]
    if are_rows(lines):
        return lines
    return lines if len(lines) == 1 and has_more(lines[0], cells) and not _has_sentence(row.items) else [cells]
