"""Recognises the rows at the top of a table that name its columns, in tables that do not mark them."""

import re
from collections.abc import Sequence
from itertools import takewhile

MAX_NAME = 80
"""Characters of a column's name."""
MAX_HEADERS = 3
"""Rows of a header that is not marked as one."""

_NUMBER = re.compile(r"[^\w]*\d[\d.,'\s]*[^\w]*(?:[^\W\d]{1,4}\W*)?")
_YEAR = re.compile(r"(?:19|20)\d\d")

Rows = Sequence[Sequence[str]]


def headers(rows: Rows, stressed: bool = False) -> int:
    """How many rows name the columns. `stressed`: the first row looks unlike the others, as a header does."""
    if len(rows) > 2 and len(rows[0]) == 1 < len(rows[1]):  # a title across the table
        named = _stacked(rows[1:]) or int(_is_header(rows[1:], stressed))
        return named and named + 1
    return _stacked(rows) or int(_is_header(rows, stressed))


def _stacked(rows: Rows) -> int:
    """The rows that name groups of columns and then columns, if that is clear; otherwise 0.

    It is clear if the rows below have numbers, and if those at the top have empty or equal cells, or years.
    """
    names = list(takewhile(_names_columns, rows[: MAX_HEADERS + 1]))
    body = rows[len(names) :]
    if not 1 < len(names) <= MAX_HEADERS or len(rows[0]) < 3 or not body:
        return 0
    numbers = sum(any(_NUMBER.fullmatch(cell) for cell in row[1:]) for row in body)
    grouped = any(len(set(row)) < len(row) or not all(row) or any(map(_YEAR.fullmatch, row)) for row in names)
    return len(names) if grouped and 2 * numbers > len(body) else 0


def _names_columns(row: Sequence[str]) -> bool:
    return any(row[1:]) and all(_is_name(cell) for cell in row if cell)


def _is_header(rows: Rows, stressed: bool) -> bool:
    """Whether the first row names the columns: short words, no numbers but years.

    A table of two columns is often a list of names and values, whose first row is like the others. Its first row is a
    header if it is `stressed`, or if the second column holds numbers only. So is a table of two rows.
    """
    first, body = rows[0], rows[1:]
    names = [cell for cell in first if cell]
    if len(first) < 2 or len(names) < len(first) - 1 or not all(map(_is_name, names)):
        return False
    if all(_YEAR.fullmatch(cell) for cell in names):
        return False
    if len(first) > 2:
        return stressed or len(body) > 1 or any(_NUMBER.fullmatch(cell) for row in body for cell in row)
    return stressed or all(len(row) > 1 and _NUMBER.fullmatch(row[1]) for row in body)


def _is_name(cell: str) -> bool:
    """Whether a cell is a word, a sign or a year."""
    if len(cell) > MAX_NAME or _NUMBER.fullmatch(cell):
        return bool(_YEAR.fullmatch(cell))
    return any(character.isalpha() for character in cell) or not any(character.isdigit() for character in cell)
