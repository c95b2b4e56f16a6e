"""Turns the cells of a table into rows of text, one block each: `cell | cell`.

A merged cell is repeated in every row and column that it covers, because a row that is quoted alone must be complete.
Empty cells are kept, so that the values of a row stay under their headers; columns without any text are not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from api.adapters.parsing.records.table import one_line
from api.adapters.parsing.table_headers import headers
from api.adapters.parsing.text_builder import Block, Row

MAX_COLUMNS = 200
"""Columns of a table; the cells to the right of them are joined into the last one."""
MAX_REPEATED = 200
"""Characters of a merged cell that is repeated; a longer one stands in its first row and column only."""
BAR = " | "

_BEFORE, _BEHIND = re.compile(r"[$€£¥(]"), re.compile(r"[)%]{1,2}")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell. `columns`, `rows`: how many it covers. `inner`: the rows of tables inside it."""

    text: str
    columns: int = 1
    rows: int = 1
    inner: tuple[str, ...] = ()


@dataclass(slots=True)
class TableRow:
    """A row as it stands in the file: without the cells that reach into it from above. `header`: marked as one."""

    cells: list[Cell] = field(default_factory=list)
    header: bool = False


def table_blocks(rows: Sequence[TableRow], stressed: bool = False) -> Iterator[Block]:
    """The rows as blocks. `stressed`: the first row looks unlike the others, as a header does."""
    grid = _without_empty_columns(_with_signs(_grid(rows)))
    full = [
        (row, cells) for row, cells in zip(rows, grid, strict=True) if any(cells) or any(c.inner for c in row.cells)
    ]
    named = _headers(full, stressed)
    tight = False
    for number, (row, cells) in enumerate(full):
        for text in _lines(row, cells):
            yield Block(text, tight=tight, row=Row.HEADER if number < named else Row.BODY)
            tight = True


def row_texts(rows: Sequence[TableRow]) -> tuple[str, ...]:
    """The rows of a table that stands inside a cell."""
    return tuple(block.text for block in table_blocks(rows))


def _grid(rows: Sequence[TableRow]) -> list[list[str]]:
    """The texts of the cells, each in the column where it stands on paper."""
    grid, reaching = list[list[str]](), dict[int, tuple[str, int]]()
    for row in rows:
        if len(row.cells) == 1 and not reaching and row.cells[0].rows == 1:
            texts = [_text(row.cells[0])]  # a title across the table
        else:
            texts = _placed(row.cells, reaching)
        reaching = {column: (text, left - 1) for column, (text, left) in reaching.items() if left > 1}
        grid.append(texts)
    return grid


def _placed(cells: Sequence[Cell], reaching: dict[int, tuple[str, int]]) -> list[str]:
    """The texts of one row, with those that reach into it from above; what it sends down is added to `reaching`."""
    texts, last = list[str](), list[str]()
    for cell in cells:
        _fill(texts, reaching)
        text = _text(cell)
        if len(texts) == MAX_COLUMNS:
            last.append(text)
            continue
        repeated = text if len(text) <= MAX_REPEATED else ""
        for number in range(max(1, min(cell.columns, MAX_COLUMNS - len(texts)))):
            if cell.rows > 1 and repeated:
                reaching[len(texts)] = repeated, cell.rows
            texts.append(repeated if number else text)
    _fill(texts, reaching)
    return [*texts[:-1], " ".join(filter(None, (texts[-1], *last)))] if last else texts


def _text(cell: Cell) -> str:
    return one_line(cell.text)


def _fill(texts: list[str], reaching: dict[int, tuple[str, int]]) -> None:
    """Add the cells that reach into the row from above at the place of the next cell."""
    while len(texts) < MAX_COLUMNS and len(texts) in reaching:
        texts.append(reaching[len(texts)][0])


def _with_signs(grid: list[list[str]]) -> list[list[str]]:
    """The rows, with the signs that stand in columns of their own at their numbers: `$ 5` for `$ | 5`, `(3)`."""
    for column in reversed(range(max(map(len, grid), default=0))):
        signs = {texts[column] for texts in grid if column < len(texts)} - {""}
        if signs and all(_BEFORE.fullmatch(sign) or _BEHIND.fullmatch(sign) for sign in signs):
            for texts in grid:
                _join_sign(texts, column)
    return grid


def _join_sign(texts: list[str], column: int) -> None:
    """Move the sign in a column to its number, and empty the column."""
    sign = texts[column] if column < len(texts) else ""
    if _BEHIND.fullmatch(sign) and column and texts[column - 1]:
        texts[column - 1 : column + 1] = [f"{texts[column - 1]}{sign}", ""]
    elif _BEFORE.fullmatch(sign) and column + 1 < len(texts) and texts[column + 1]:
        texts[column : column + 2] = ["", f"{sign} {texts[column + 1]}"]


def _without_empty_columns(grid: list[list[str]]) -> list[list[str]]:
    used = {column for texts in grid for column, text in enumerate(texts) if text}
    return [[text for column, text in enumerate(texts) if column in used] for texts in grid]


def _has_tables(row: TableRow) -> bool:
    return any(cell.inner for cell in row.cells)


def _lines(row: TableRow, cells: list[str]) -> Iterator[str]:
    """The row; or, if it has a table inside, that table's rows, each after the row's own words."""
    inner = [text for cell in row.cells for text in cell.inner]
    if not inner:
        yield BAR.join(cells)
        return
    label = BAR.join(filter(None, cells))
    if len(label) > MAX_REPEATED:
        yield label
        label = ""
    yield from (BAR.join(filter(None, (label, text))) for text in inner)


def _headers(rows: list[tuple[TableRow, list[str]]], stressed: bool) -> int:
    """How many rows at the top name the columns: those that are marked, or those that look like it."""
    marked = next((number for number, (row, _) in enumerate(rows) if not row.header), len(rows))
    if 0 < marked < len(rows):
        return marked
    if marked or len(rows) < 2 or any(_has_tables(row) for row, _ in rows):
        return 0
    return headers([cells for _, cells in rows], stressed)
