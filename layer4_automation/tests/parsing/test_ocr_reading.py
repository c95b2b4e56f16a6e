"""Recognised pieces of text become lines, columns and tables in reading order."""

from api.adapters.parsing.ocr.pieces import Corner, Piece, Quad, straightened
from api.adapters.parsing.ocr.reading import reading
from api.adapters.parsing.pdf.blocks import Typography, blocks

HEIGHT = 30.0


def piece(text: str, left: float, top: float, width: float | None = None, height: float = HEIGHT) -> Piece:
    return Piece(text, left, top, left + (width or 14 * len(text)), top + height)


def texts(*pieces: Piece) -> list[str]:
    """The blocks that a reader sees."""
    page = reading(pieces)
    return [block.text for block in blocks(page.lines, Typography.of([page.lines]), page.regions)]


def prose(words: str, left: float, top: float) -> list[Piece]:
    """Lines of four words, 400 pixels wide."""
    parts = words.split()
    lines = [" ".join(parts[at : at + 4]) for at in range(0, len(parts), 4)]
    return [piece(line, left, top + 36 * number, 400) for number, line in enumerate(lines)]


LEFT = "the harbour lies at the mouth of a river which is frozen in winter and open in summer."
RIGHT = "Ferries leave from the northern quay and boats for fishing from the southern one beside it."


def test_lines_of_a_paragraph_are_joined_in_their_order() -> None:
    lines = prose(LEFT, 50, 100)
    assert texts(*reversed(lines)) == [LEFT]


def test_columns_of_prose_are_read_one_after_the_other_below_their_title() -> None:
    title = piece("The harbour and its two quays as they were built", 50, 20, 880)
    assert texts(title, *prose(LEFT, 50, 100), *prose(RIGHT, 530, 102)) == [title.text, LEFT, RIGHT]


def test_rows_of_cells_are_a_table_whose_empty_cells_are_kept() -> None:
    rows = [
        *(piece("Quay", 50, 100), piece("2023", 500, 101), piece("2024", 800, 99)),
        *(piece("North", 50, 140), piece("1,204", 490, 141), piece("1,310", 790, 140)),
        *(piece("South", 50, 180), piece("88", 810, 181)),
        *(piece("West", 50, 220), piece("17", 520, 221), piece("19", 810, 220)),
    ]
    assert texts(*rows) == ["Quay | 2023 | 2024", "North | 1,204 | 1,310", "South |  | 88", "West | 17 | 19"]


def test_a_label_between_rows_belongs_to_the_table() -> None:
    rows = [
        *(piece("Fares", 50, 100), piece("12", 500, 100)),
        piece("Of these:", 50, 140),
        *(piece("Children", 70, 180), piece("5", 510, 180)),
    ]
    assert texts(*rows) == ["Fares | 12", "Of these: | ", "Children | 5"]


def test_a_sign_stays_with_its_number() -> None:
    rows = [
        *(piece("Fares", 50, 100), piece("$", 400, 100), piece("12", 500, 100), piece("$", 545, 100)),
        *(piece("14", 700, 100), piece("Costs", 50, 140), piece("11", 500, 140), piece("13", 700, 140)),
    ]
    assert texts(*rows) == ["Fares | $ 12 | $ 14", "Costs | 11 | 13"]


def test_a_single_row_of_pieces_is_a_line() -> None:
    assert texts(piece("Harbour office", 50, 100), piece("page 3", 900, 101)) == ["Harbour office page 3"]


def test_a_larger_line_is_a_heading() -> None:
    page = reading([piece("Tides", 50, 20, 150, height=60), *prose(LEFT, 50, 120)])
    first, second = blocks(page.lines, Typography.of([page.lines]), page.regions)
    assert (first.level, second.level) == (1, 0)


def test_a_page_that_was_laid_askew_is_straightened() -> None:
    slope = 0.05

    def quad(text: str, left: float, top: float) -> Quad:
        right, bottom = left + 14 * len(text), top + HEIGHT
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        first, second, third, fourth = (Corner(x, y + slope * x) for x, y in corners)
        return Quad(text, (first, second, third, fourth))

    rows = [
        *(quad("Lindholm, northern quay", 0, 100), quad("12 ferries a day", 1500, 100)),
        *(quad("Hisingen, southern quay", 0, 140), quad("14 ferries a day", 1500, 140)),
    ]
    page = reading(straightened(rows))
    assert page.text.split("\n") == [
        "Lindholm, northern quay 12 ferries a day",
        "Hisingen, southern quay 14 ferries a day",
    ]


def test_a_word_that_was_split_at_a_line_end_is_whole_again() -> None:
    page = reading([piece("the harbour informa-", 50, 100, 300), piece("tion office", 50, 136, 180)])
    (block,) = blocks(page.lines, Typography.of([page.lines]), page.regions)
    assert block.text.replace("\ufffe", "") == "the harbour information office"


def test_an_empty_page_has_no_lines() -> None:
    assert reading([]).lines == []


def test_a_page_whose_letters_the_model_does_not_know_is_not_read() -> None:
    page = reading([piece("     1 .    .", 50, 100, 1_100), piece(" 7   , ", 50, 140, 900)])
    assert (page.legible, page.lines) == (False, [])
