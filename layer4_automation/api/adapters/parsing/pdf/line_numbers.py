"""Removes the line numbers that legal and scientific drafts print in the margin."""

from collections.abc import Iterator

from api.adapters.parsing.pdf.lines import Line

LEAST = 10
"""Numbers in a row that make a column of line numbers; fewer may be a list."""


def without_line_numbers(lines: list[Line]) -> list[Line]:
    """The lines without columns of consecutive numbers that stand outside the text, to its left or right."""
    for run in _runs(lines):
        others = lines[: run.start] + lines[run.stop :]
        if others and _is_margin(lines[run.start : run.stop], others):
            return others
    return lines


def _runs(lines: list[Line]) -> Iterator[range]:
    """The positions of lines that count upwards by one."""
    start = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines) and _number(lines[end]) == _number(lines[end - 1]) + 1 > 1:
            continue
        if end - start >= LEAST:
            yield range(start, end)
        start = end


def _number(line: Line) -> int:
    return int(line.text) if line.text.isascii() and line.text.isdecimal() and len(line.text) <= 5 else -1


def _is_margin(column: list[Line], others: list[Line]) -> bool:
    left, right = min(line.left for line in column), max(line.right for line in column)
    return right <= min(line.left for line in others) or left >= max(line.right for line in others)
