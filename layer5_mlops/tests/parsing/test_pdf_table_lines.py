"""PDF: which lines of a table are rows, and which cells their pieces of text belong to."""

import pytest
from liteparse.types import TextItem

from api.adapters.parsing.pdf.table_lines import are_rows, has_more, placed


def item(text: str, x: float, y: float) -> TextItem:
    return TextItem(text=text, x=x, y=y, width=20, height=10)


def test_pieces_of_text_a_point_apart_are_one_line() -> None:
    items = [item("19,604", 200, 99.2), item("Services", 72, 100.4), item("17,486", 300, 99.2), item("Total", 72, 112)]
    assert placed(items, [82, 210, 310]) == [["Services", "19,604", "17,486"], ["Total", "", ""]]


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        ([["2", "Frame", "120.00"], ["", "Total", "200.00"]], True),
        ([["Warden of the", "Ann Lee", "2"], ["second floor", "", ""]], False),
        ([["Oven", "clean on the", "Ann"], ["", "first of 2", "Lee"]], False),
        ([["North", "5"], ["South", "6"]], True),
    ],
    ids=["total", "wrapped label", "wrapped cell", "labels"],
)
def test_lines_with_numbers_in_the_same_column_are_rows(lines: list[list[str]], rows: bool) -> None:
    assert are_rows(lines) == rows


@pytest.mark.parametrize(
    ("line", "cells", "more"),
    [
        (["K-001", "Part 1", "1.50"], ["K-001", "Part 1", ""], True),
        (["K-001", "Part 1", "1.50"], ["K-001", "Part 1", "1.50"], False),
        (["Total", "97 796"], ["Total", "97"], False),
    ],
    ids=["empty cell", "complete", "two numbers in a cell"],
)
def test_a_row_is_filled_with_what_stands_in_its_line(line: list[str], cells: list[str], more: bool) -> None:
    assert has_more(line, cells) == more
