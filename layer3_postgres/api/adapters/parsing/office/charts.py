"""The numbers of a chart in a document (DrawingML), which are stored beside the picture of it: as a table."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.adapters.parsing.office.drawings import chart_title
from api.adapters.parsing.office.package import descendants
from api.adapters.parsing.records.table import row_block
from api.adapters.parsing.records.xml_tree import Element
from api.adapters.parsing.text_builder import Block, Row

MAX_POINTS = 10_000
"""Points of a series that are read."""


@dataclass(frozen=True, slots=True)
class _Series:
    """`categories`, `values`: by their position."""

    name: str
    categories: dict[int, str]
    values: dict[int, str]


def chart_blocks(chart: Element) -> Iterator[Block]:
    """The title, then a table of a row for each category. Series with other categories have tables of their own."""
    if title := chart_title(chart):
        yield Block(title)
    tables = list[list[_Series]]()
    for found in descendants(chart, "ser"):
        series = _Series(_name(found), _points(found, "cat", "xVal"), _points(found, "val", "yVal"))
        if tables and tables[-1][0].categories == series.categories:
            tables[-1].append(series)
        else:
            tables.append([series])
    for table in tables:
        yield from _table(table)


def _table(table: list[_Series]) -> Iterator[Block]:
    positions = sorted({position for series in table for position in series.values})
    if positions:
        yield row_block(["", *(series.name for series in table)], Row.HEADER, True)
    for position in positions:
        category = table[0].categories.get(position, str(position + 1))
        yield row_block([category, *(series.values.get(position, "") for series in table)], Row.BODY, False)


def _name(series: Element) -> str:
    return next((value.text() for text in descendants(series, "tx") for value in descendants(text, "v")), "")


def _points(series: Element, *tags: str) -> dict[int, str]:
    found = dict[int, str]()
    for part in descendants(series, *tags):
        for point in descendants(part, "pt"):
            place = point.attributes.get("idx", "")
            if place.isascii() and place.isdecimal() and len(place) < 9 and len(found) < MAX_POINTS:
                found[int(place)] = " ".join(value.text() for value in descendants(point, "v"))
    return found
