"""The lines of a table's row: one wrapped row or several rows, and cells that liteparse has left empty."""

import re
from collections.abc import Collection, Sequence
from itertools import combinations

from liteparse.types import TextItem

SAME_LINE = 2.0
"""Points between the heights of two pieces of text on one line."""
MANY = 4
"""Lines with words in the first and another column that are rows, because so many are not one wrapped cell."""

_NUMBER = re.compile(r"[^\w]*\d[\d.,]*[^\w]*")


def is_number(text: str) -> bool:
    """Whether a cell holds one number."""
    return _NUMBER.fullmatch(text) is not None


def placed(items: Sequence[TextItem], middles: list[float]) -> list[list[str]]:
    """The lines of some pieces of text, from the top down, each piece in the column with the nearest middle."""
    return [_placed(level, middles) for level in levels(items)]


def levels(items: Sequence[TextItem]) -> list[list[TextItem]]:
    """The pieces of text of each line, from the top down; type of several sizes is not exactly level."""
    found = list[list[TextItem]]()
    for item in sorted(items, key=lambda item: item.y):
        if found and item.y - found[-1][0].y <= SAME_LINE:
            found[-1].append(item)
        else:
            found.append([item])
    return found


def _placed(level: Sequence[TextItem], middles: list[float]) -> list[str]:
    texts = [""] * len(middles)
    for item in sorted(level, key=lambda item: item.x):
        at = min(range(len(middles)), key=lambda n: abs(middles[n] - item.x - item.width / 2))
        texts[at] = f"{texts[at]} {item.text}".strip()
    return texts


def has_more(line: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the line has characters that the cells lack, and no two numbers in one column."""
    crowded = any(sum(map(is_number, text.split())) > 1 for text in line)
    return not crowded and _characters(cells) < _characters(line)


def _characters(texts: Sequence[str]) -> int:
    return sum(len("".join(text.split())) for text in texts)


def are_rows(lines: Collection[list[str]]) -> bool:
    """Whether the lines inside a row are rows themselves: two have numbers in two columns, or a word and a number.

    So are two lines of several cells with a number in the same column, and many lines that begin in the first column.
    """
    numbers = [sum(map(is_number, line)) for line in lines]
    begun = [bool(line[0]) and any(line[1:]) for line in lines]
    labelled = sum(number > 0 and first for number, first in zip(numbers, begun, strict=True))
    if sum(number > 1 for number in numbers) > 1 or labelled > 1 or sum(begun) >= MANY:
        return True
    several = [line for line in lines if sum(map(bool, line)) > 1]
    return any(_share_numbers(above, below) for above, below in combinations(several[:MANY], 2))


def _share_numbers(above: list[str], below: list[str]) -> bool:
    return any(is_number(one) and is_number(other) for one, other in zip(above, below, strict=True))
