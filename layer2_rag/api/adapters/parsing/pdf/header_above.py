"""Finds the header of a PDF table that stands above the table's box, as over the first rule of a grid."""

import re
from collections.abc import Sequence

from liteparse.types import AnnotationRect, TextItem

from api.adapters.parsing.pdf.lines import Line
from api.adapters.parsing.pdf.table_lines import is_number, levels, placed
from api.adapters.parsing.pdf.table_text import says_the_same

REACH = 4.0
"""Heights of a line above the table within which its header begins."""
MOST_LINES = 3
"""Lines of a header, the name of the first group of rows among them."""
SPACING = 1.8
"""Heights of a line between two lines of one header."""
NAME_WORDS = 4
"""Words of a line in the name of a column."""
CLOSE = 3.0
"""Points by which a baseline may lie below the box of its text."""

_YEAR = re.compile(r"(?:19|20)\d\d")

Points = dict[int, tuple[float, float]]
Level = list[TextItem]


def header_above(
    box: AnnotationRect, middles: list[float], items: Sequence[TextItem], lines: Sequence[Line], points: Points
) -> tuple[list[list[str]], list[int]]:
    """The rows above the rows of a table, and the numbers of their lines; none if no line there names its columns.

    `middles`: of the columns; `items`: the pieces of text of the page; `points`: where its free lines begin.
    """
    above = _levels_above(box, items)
    group = [above.pop(0)] if above and _names_group(above[0]) else []
    named = _header(above[:MOST_LINES], middles)
    used = [*named, *group]
    numbers = [number for level in used for number in _lines_at(level, points)]
    pieces = [item.text for level in used for item in level]
    if not named or not says_the_same([lines[number].text for number in numbers], pieces):
        return [], []
    names = [" ".join(filter(None, column)) for column in zip(*placed(_flat(named), middles), strict=True)]
    return [names, *placed(_flat(group), middles)], numbers


def _levels_above(box: AnnotationRect, items: Sequence[TextItem]) -> list[Level]:
    """The pieces of text of the lines right above the box, from the lowest line up."""
    near = [item for item in items if item.y + item.height / 2 < box.y and item.y > box.y - REACH * item.height]
    return levels(near)[::-1]


def _names_group(level: Level) -> bool:
    return len(level) == 1 and level[0].text.rstrip().endswith(":")


def _header(above: list[Level], middles: list[float]) -> list[Level]:
    """The lines of the header, from the top down: those that name the columns, close to each other."""
    found = list[Level]()
    for level in above:
        if found and found[0][0].y - level[0].y > SPACING * level[0].height:
            break
        if not _names_columns(level, middles):
            return [] if found and len(level) > 1 else found  # names of groups of columns: their columns are not known
        found.insert(0, level)
    return found


def _names_columns(level: Level, middles: list[float]) -> bool:
    """Whether each piece is a short name in a column of its own, and all columns but the first have one."""
    [texts] = placed(level, middles)
    names = [text for text in texts if text]
    if len(names) < 2 or len(names) != len(level) or not all(texts[1:]):
        return False
    if any(len(name.split()) > NAME_WORDS or (is_number(name) and not _YEAR.fullmatch(name)) for name in names):
        return False
    return all(_is_in_column(item, middles) for item in level)


def _is_in_column(item: TextItem, middles: list[float]) -> bool:
    """Whether a piece is clearly nearer to the middle of one column than to the others."""
    middle = item.x + item.width / 2
    distances = sorted(abs(middle - other) for other in middles)
    return len(distances) < 2 or distances[0] < distances[1] * 0.8


def _lines_at(level: Level, points: Points) -> list[int]:
    top, bottom = level[0].y, level[0].y + level[0].height + CLOSE
    return [number for number, (_, y) in points.items() if top < y <= bottom]


def _flat(found: list[Level]) -> Level:
    return [item for level in found for item in level]
