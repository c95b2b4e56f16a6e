"""The blocks of the library's document model as blocks of the stored text."""

import re
from collections.abc import Iterable, Iterator

from anydoc import Block as ModelBlock
from anydoc import Cell, CellSlot, Document, Inline, ListItem, Table
from anydoc import List as ModelList

from api.adapters.parsing.ordinals import letters, roman
from api.adapters.parsing.records.table import one_line, row_block
from api.adapters.parsing.text_builder import Block, Row

MAX_INDENT = 8
"""Deeper lists are not indented further."""
HEADING_LEVELS = 6

_SPACES = re.compile(r"[^\S\n]+")


def document_blocks(document: Document) -> Iterator[Block]:
    """The blocks in order, then the footnotes and endnotes."""
    yield from model_blocks(document.blocks)
    for note in document.notes:
        yield from model_blocks(note.blocks)


def model_blocks(blocks: Iterable[ModelBlock], depth: int = 0) -> Iterator[Block]:
    """`depth`: of the list that they are in."""
    for block in blocks:
        match block.kind:
            case "heading":
                yield Block(inline_text(block.content), level=min(max(block.level or 1, 1), HEADING_LEVELS))
            case "paragraph":
                yield Block(inline_text(block.content))
            case "list" if block.list:
                yield from _list_blocks(block.list, depth)
            case "table" if block.table:
                yield from _table_blocks(block.table)
            case "block_quote":
                yield from model_blocks(block.blocks or ())
            case "code_block" | "math":
                yield Block(block.text or "")


def inline_text(content: Iterable[Inline] | None) -> str:
    """The text of a paragraph, with the addresses of its links, without pictures."""
    return _SPACES.sub(" ", "".join(map(_inline, content or ()))).strip()


def _inline(part: Inline) -> str:
    match part.kind:
        case "text" | "math":
            return part.text or ""
        case "line_break":
            return "\n"
        case "checkbox":
            return "[x] " if part.checked else "[ ] "
        case "link":
            return _link(part)
        case _:
            return ""


def _link(part: Inline) -> str:
    text = "".join(map(_inline, part.content or ()))
    address = part.target.value if part.target and part.target.kind == "external" else ""
    shown = address.removeprefix("mailto:")
    return f"{text} ({address})" if text.strip() and shown and shown not in text else text or shown


def _list_blocks(found: ModelList, depth: int) -> Iterator[Block]:
    indent = "  " * min(depth, MAX_INDENT)
    for number, item in enumerate(found.items, found.start):
        yield from _item_blocks(item, f"{indent}{_marker(found, item, number)} ", depth)


def _item_blocks(item: ListItem, prefix: str, depth: int) -> Iterator[Block]:
    """The first paragraph gets the marker; a list inside is indented."""
    for block in item.blocks:
        if block.kind == "paragraph":
            text = inline_text(block.content)
            if text:
                yield Block(prefix + text, tight=True)
                prefix = " " * len(prefix)
        else:
            yield from model_blocks([block], depth + 1)


def _marker(found: ModelList, item: ListItem, number: int) -> str:
    if item.marker_label:
        return item.marker_label
    match found.marker:
        case "decimal":
            return f"{number}."
        case "lower_alpha" | "upper_alpha":
            written = letters(number)
        case "lower_roman" | "upper_roman":
            written = roman(number)
        case _:
            return "-"
    return f"{written.upper() if found.marker.startswith('upper') else written}."


def _table_blocks(table: Table) -> Iterator[Block]:
    """One block for each row. A table that only places text on the page is not one."""
    if table.kind == "layout":
        for row in table.grid:
            for slot in row:
                yield from model_blocks(slot.cell.blocks if slot.cell else ())
        return
    first = True
    for number, (slots, cells) in enumerate(zip(table.grid, table_rows(table), strict=True)):
        inner = [row for slot in slots if slot.cell for row in _inner_rows(slot.cell)]
        label = [cell for cell in cells if cell]
        for written in [[*label, *row] for row in inner] or ([cells] if label else []):
            yield row_block(written, Row.HEADER if number < table.header_rows else Row.BODY, first)
            first = False


def _inner_rows(cell: Cell) -> Iterator[list[str]]:
    """The rows of the tables inside a cell."""
    for block in cell.blocks:
        if block.kind == "table" and block.table:
            yield from ([text for text in cells if text] for cells in table_rows(block.table) if any(cells))


def table_rows(table: Table) -> Iterator[list[str]]:
    """The cells of each row. A merged cell is repeated, but one that is as wide as the table stands once."""
    texts: dict[tuple[int, int], str] = {}
    for row, slots in enumerate(table.grid):
        origins = [_origin(slot, row, column) for column, slot in enumerate(slots)]
        for column, slot in enumerate(slots):
            if slot.cell:
                texts[row, column] = _cell_text(slot.cell)
        cells = [texts.get(origin, "") for origin in origins]
        yield cells[:1] + [""] * (len(cells) - 1) if len(set(origins)) == 1 else cells


def _cell_text(cell: Cell) -> str:
    """All paragraphs of the cell on one line, without tables inside it. A list of one item is its text."""
    blocks = list(model_blocks(block for block in cell.blocks if block.kind != "table"))
    return one_line(blocks[0].text.removeprefix("- ") if len(blocks) == 1 else " ".join(block.text for block in blocks))


def _origin(slot: CellSlot, row: int, column: int) -> tuple[int, int]:
    if slot.kind == "covered" and slot.origin_row is not None and slot.origin_col is not None:
        return slot.origin_row, slot.origin_col
    return row, column
