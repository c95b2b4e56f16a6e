"""PDF: tables become rows, however they are drawn, and nothing is lost on the way."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from api.adapters.parsing.formats import parse_document
from api.adapters.parsing.sandbox import SandboxParser
from api.services.parsing.parser import ParsedDocument, ParseLimits
from tests.parsing.documents import pdf, stream
from tests.parsing.hostile import one_page

COLUMNS = (72, 200, 330, 460)
PRICES = [["Zone", "Per hour", "Per day"], ["Centre", "4.20", "29.00"], ["Station", "3.10", "21.00"]]


def at(x: int, y: int, text: str) -> bytes:
    return b"BT /F1 10 Tf %d %d Td (%s) Tj ET\n" % (x, y, text.encode())


def drawn(rows: list[list[str]], by_columns: bool = False, top: int = 700) -> bytes:
    """The drawing of a table; a line feed in a cell wraps it."""
    cells, y = list[tuple[int, int, str]](), top
    for row in rows:
        lines = [cell.split("\n") for cell in row]
        cells += [
            (column, y - 12 * n, text) for column, cell in enumerate(lines) for n, text in enumerate(cell) if text
        ]
        y -= 12 * max(map(len, lines)) + 6
    order = (lambda cell: (cell[0], -cell[1])) if by_columns else (lambda cell: (-cell[1], cell[0]))
    return b"".join(at(COLUMNS[column], y, text) for column, y, text in sorted(cells, key=order))


def parsed(drawing: bytes, limits: ParseLimits | None = None, resources: bytes = b"") -> ParsedDocument:
    return parse_document(one_page(stream(drawing), resources=resources), "file.pdf", limits or ParseLimits())


@pytest.mark.parametrize("by_columns", [False, True], ids=["by rows", "by columns"])
def test_a_table_is_rows_with_a_header(by_columns: bool) -> None:
    document = parsed(at(72, 730, "Tariff of the car park") + drawn(PRICES, by_columns))
    assert document.text == (
        "Tariff of the car park\n\nZone | Per hour | Per day\nCentre | 4.20 | 29.00\nStation | 3.10 | 21.00"
    )
    (table,) = document.tables
    assert table.headers == 1
    assert [document.text[start:end] for start, end in table.rows][2] == "Station | 3.10 | 21.00"


def test_a_cell_that_wraps_stays_in_its_row() -> None:
    rows = [
        ["Role", "Task", "Deputy"],
        ["Fire warden", "Checks each room\nand closes doors", "Office manager\nof the floor"],
        ["First aider", "Looks after the\ninjured persons", "Reception desk"],
    ]
    assert parsed(drawn(rows)).text == (
        "Role | Task | Deputy\nFire warden | Checks each room and closes doors | Office manager of the floor\n"
        "First aider | Looks after the injured persons | Reception desk"
    )


def test_empty_cells_keep_the_others_in_their_columns() -> None:
    rows = [
        ["Site", "May", "June", "July"],
        ["Arnby", "3", "", "7"],
        ["Bolvik", "12", "4", "0"],
        ["Corsund", "", "6", "9"],
    ]
    assert "Arnby | 3 |  | 7\n" in parsed(drawn(rows)).text


def test_a_first_column_at_a_distance_belongs_to_the_rows() -> None:
    rows = [("Item", "Qty", "Price"), ("Chair", "4", "120.00"), ("Table", "1", "900.00"), ("Sum", "", "1,020.00")]
    places = [
        (x, 700 - 18 * n, text) for n, row in enumerate(rows) for x, text in zip((72, 250, 330), row, strict=True)
    ]
    text = parsed(b"".join(at(*place) for place in places if place[2])).text
    assert text == "Item | Qty | Price\nChair | 4 | 120.00\nTable | 1 | 900.00\nSum |  | 1,020.00"


def test_a_last_column_at_a_distance_belongs_to_the_rows() -> None:
    pieces = [
        *((119, 700, "Item"), (199, 700, "Description"), (399, 700, "Keeper")),
        *((119, 682, "Projector"), (199, 682, "A projector with two lamps that must be"), (399, 682, "Marla Quist of")),
        *((199, 670, "cooled for ten minutes before it is moved."), (399, 670, "the technical staff")),
        *((119, 652, "Piano"), (199, 652, "Upright, tuned every March."), (399, 652, "Ove")),
    ]
    rules = b"".join(b"113 %d m 483 %d l S\n" % (y, y) for y in (714, 696, 666, 646))
    rules += b"".join(b"%d 714 m %d 646 l S\n" % (x, x) for x in (113, 193, 393, 483))
    foot = at(72, 620, "Nothing may be taken out of the hall before the caretaker has seen it.")
    assert parsed(rules + b"".join(at(*piece) for piece in pieces) + foot).text.startswith(
        "Item | Description | Keeper\nProjector | A projector with two lamps that must be cooled for ten minutes "
        "before it is moved. | Marla Quist of the technical staff\nPiano | Upright, tuned every March. | Ove\n\nNothing"
    )


def test_single_digits_stay_apart() -> None:
    rows = [["Site", "May", "June", "July"], ["Arnby", "1,248", "3", "0"], ["Bolvik", "0", "0", "4"]]
    assert parsed(drawn(rows)).text == "Site | May | June | July\nArnby | 1,248 | 3 | 0\nBolvik | 0 | 0 | 4"


def test_the_sentences_around_a_table_stay_sentences() -> None:
    below = "See the notes to the consolidated financial statements on the next pages of this report."
    text = parsed(drawn(PRICES) + at(72, 630, below)).text
    assert text.endswith(f"Station | 3.10 | 21.00\n\n{below}")


def test_columns_drawn_across_the_gap_are_read_one_after_the_other() -> None:
    left = [
        "The committee met in the hall",
        "and agreed that the fee for a",
        "plot would rise to 48 euros from",
        "the first of March.",
    ]
    right = ["Water is switched off every", "year between the tenth of", "November and the twentieth of", "March."]
    drawing = b"".join(
        at(72, 700 - 13 * n, a) + at(250, 700 - 13 * n, b) for n, (a, b) in enumerate(zip(left, right, strict=True))
    )
    assert parsed(drawing).text == " ".join(left) + "\n\n" + " ".join(right)


def test_raised_numbers_in_cells_are_marked() -> None:
    mark = b"BT /F1 10 Tf 330 682 Td (29.00) Tj /F1 6 Tf 4 Ts (3) Tj ET\n"
    rows = [
        ["Zone", "Per hour", "Per day"],
        ["Centre", "4.20", ""],
        ["Station", "3.10", "21.00"],
        ["Harbour", "2", "8"],
    ]
    assert "Centre | 4.20 | 29.00^3\n" in parsed(drawn(rows) + mark).text


def test_a_page_with_hidden_text_is_read_by_lines() -> None:
    document = parsed(drawn(PRICES) + b"1 g " + at(460, 682, "secret"))
    assert "secret" not in document.text
    assert document.tables == ()


def test_tables_are_not_looked_for_when_that_is_switched_off() -> None:
    document = parsed(drawn(PRICES), replace(ParseLimits(), tables=False))
    assert document.tables == ()
    assert document.warnings == (UNSEARCHED,)


def test_a_header_that_is_repeated_on_each_page_is_kept() -> None:
    page = "Zone    Price\nA 4\nB 5"
    document = parse_document(pdf(*[page] * 4), "file.pdf", ParseLimits())
    assert document.text.count("Zone") in (1, 4)


def test_a_page_of_many_cells_is_read() -> None:
    cells = b"".join(
        b"BT /F1 2 Tf %d %d Td (%d) Tj ET\n" % (10 + 9 * x, 780 - 4 * y, x) for y in range(150) for x in range(60)
    )
    assert len(parsed(cells).text) > 9_000


LIBRARY = """
import os, time

class ParseError(Exception): ...

class LiteParse:
    def __init__(self, **options): ...

    def parse_batches(self, data, size):
        {}
"""
UNSEARCHED = "Tables were not recognised, because that failed or took too long: their rows may be torn."
CRASHES = {
    "abort": "os.abort()",
    "exit": "os._exit(3)",
    "panic": "raise BaseException('panicked')",
    "memory": "raise MemoryError",
    "error": "raise ParseError('no')",
    "hang": "time.sleep(60)",
}


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a library in the place of the one that finds tables, for the processes that are started from now on."""

    def install(behaviour: str) -> None:
        folder = tmp_path / "liteparse"
        folder.mkdir()
        (folder / "types.py").write_text("AnnotationRect = LayoutBlock = LayoutCell = ParsedPage = TextItem = object")
        (folder / "__init__.py").write_text(LIBRARY.format(behaviour))
        path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
        monkeypatch.setenv("PYTHONPATH", path)

    return install


@pytest.mark.parametrize("crash", CRASHES)
async def test_a_document_that_the_library_cannot_read_is_read_without_tables(
    library: Callable[[str], None], crash: str
) -> None:
    library(CRASHES[crash])
    async with SandboxParser(ParseLimits(seconds=6), processes=1) as parser:
        document = await parser.parse(pdf("Zone 1 2\nCentre 3 4"), "file.pdf")
    assert document.text == "Zone 1 2\nCentre 3 4"
    assert document.warnings == (() if crash == "error" else (UNSEARCHED,))


def ruled(rows: list[list[str]], top: int = 700) -> bytes:
    """The drawing of a table whose cells are boxes."""
    boxes = b"".join(
        b"%d %d %d 18 re S\n" % (left, top - 5 - 18 * n, right - left)
        for n in range(len(rows))
        for left, right in zip(COLUMNS, (*COLUMNS[1 : len(rows[0])], COLUMNS[len(rows[0]) - 1] + 80), strict=False)
    )
    return boxes + b"".join(
        at(column + 4, top - 18 * n, cell)
        for n, row in enumerate(rows)
        for column, cell in zip(COLUMNS, row, strict=False)
    )


@pytest.mark.parametrize("lines", [["Zone"], ["Parking", "Zone"]])
def test_a_header_above_the_box_of_a_table_is_its_header(lines: list[str]) -> None:
    header = b"".join(
        at(COLUMNS[0] + 4, 708 + 12 * (len(lines) - n), line)
        + at(COLUMNS[1] + 4, 708 + 12 * (len(lines) - n), "Price")
        + at(COLUMNS[2] + 4, 708 + 12 * (len(lines) - n), "Price")
        for n, line in enumerate(lines)
    )
    document = parsed(
        at(72, 770, "Tariff of the car park.") + header + ruled([*PRICES[1:], ["Harbour", "2.10", "9.00"]])
    )
    names = " ".join(lines)
    prices = " ".join(["Price"] * len(lines))
    assert document.text.split("\n\n")[1].startswith(f"{names} | {prices} | {prices}\nCentre | 4.20 | 29.00\n")
    assert document.tables[0].headers == 1


def test_a_sentence_above_a_table_stays_a_sentence() -> None:
    document = parsed(at(76, 716, "Prices of the car park for all days of the week:") + ruled(PRICES))
    assert document.text.startswith("Prices of the car park for all days of the week:\n\nZone | Per hour | Per day\n")


def test_short_lines_of_prose_in_two_columns_are_read_one_after_the_other() -> None:
    left = [
        "The garden club rents",
        "its plots to members",
        "who live in the town.",
        "A plot costs 48 euros",
        "in a year.",
    ]
    right = [
        "Water is switched off",
        "from November on.",
        "The tool shed opens",
        "on Saturdays at ten",
        "in the morning.",
    ]
    page = b"".join(
        at(72, 700 - 14 * n, a) + at(320, 700 - 14 * n, b) for n, (a, b) in enumerate(zip(left, right, strict=True))
    )
    assert parsed(page).text == " ".join(left) + "\n\n" + " ".join(right)
