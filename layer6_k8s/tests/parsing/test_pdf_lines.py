"""PDF: lines become sentences again, whatever the typesetter did at their ends."""

import pytest

from api.adapters.parsing.formats import parse_document
from api.adapters.parsing.pdf.blocks import Typography, blocks
from api.adapters.parsing.pdf.hyphens import MARK, Hyphens
from api.adapters.parsing.pdf.lines import Line
from api.services.parsing.parser import ParsedDocument, ParseLimits
from tests.parsing.documents import pdf, stream
from tests.parsing.hostile import one_page


def parsed(data: bytes) -> ParsedDocument:
    return parse_document(data, "file.pdf", ParseLimits())


def drawn(content: bytes) -> str:
    return parsed(one_page(stream(content))).text


def test_a_paragraph_goes_on_after_a_line_that_ends_in_a_hyphen() -> None:
    lines = (
        "Whoever borrows the large projec-\ntor of the media room pays a de-\nposit, which the care-\ntaker pays back."
    )
    assert "\n" not in parsed(pdf(lines)).text


def test_a_paragraph_goes_on_after_a_first_word_of_another_size() -> None:
    text = drawn(
        b"BT /F1 8 Tf 72 700 Td (DATES:) Tj /F1 11 Tf ( Comments on the proposal have to reach the) Tj"
        b" 0 -13 Td (board not later than the end of the month.) Tj ET"
    )
    assert text == "DATES: Comments on the proposal have to reach the board not later than the end of the month."


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"(28 euros) Tj /F1 6 Tf 4 Ts (3) Tj /F1 11 Tf 0 Ts ( per day) Tj", "28 euros^3 per day"),
        (b"(10) Tj /F1 6 Tf 4 Ts (4) Tj /F1 11 Tf 0 Ts ( newton) Tj", "10^4 newton"),
        (b"(350 m) Tj /F1 6 Tf 4 Ts (2) Tj", "350 m^2"),
        (b"(28 euros) Tj /F1 6 Tf 48 5 Td (12) Tj /F1 11 Tf 10 -5 Td (per day) Tj", "28 euros^12 per day"),
        (b"/F1 6 Tf 4 Ts (1) Tj /F1 11 Tf 0 Ts ( From the sale of a boat.) Tj", "^1 From the sale of a boat."),
        (b"(28 euros 12 times) Tj", "28 euros 12 times"),
        (b"(H) Tj /F1 6 Tf -2 Ts (2) Tj /F1 11 Tf 0 Ts (O and 1234 m) Tj", "H2O and 1234 m"),
    ],
)
def test_raised_digits_are_marked(content: bytes, text: str) -> None:
    assert drawn(b"BT /F1 11 Tf 72 700 Td %s ET" % content) == text


@pytest.mark.parametrize(
    "foot",
    ["Page {} of 40", "Edition 3 - page {} of 40", "{} / 40", "Manual 2.1 | {}"],
)
def test_page_numbers_are_removed_beside_other_numbers(foot: str) -> None:
    texts = "Apples are red.", "Bananas are yellow.", "Cherries are dark.", "Dates are sweet."
    document = parsed(pdf(*(f"{text}\n\n{foot.format(number)}" for number, text in enumerate(texts, 12))))
    assert document.text == "\n\n".join([texts[0], foot.format(12), *texts[1:]])


def test_two_pages_with_numbers_show_what_their_running_heads_are() -> None:
    def pages(foot: str) -> str:
        texts = ("Apples are red.", "Bananas are yellow.")
        return parsed(pdf(*(f"Report\n\n{text}\n\n{foot.format(n)}" for n, text in enumerate(texts, 1)))).text

    assert pages("- {} -") == "Report\n\nApples are red.\n\n- 1 -\n\nBananas are yellow."
    assert pages("Page {} of 2").count("Report") == 1
    assert pages("Total {}").endswith("Report\n\nBananas are yellow.\n\nTotal 2")


def test_a_compound_keeps_its_hyphen_and_syllables_lose_theirs() -> None:
    words = "third-party accom-modation well-known inter-national".replace("-", MARK)
    assert Hyphens([words]).restore(words) == "third-party accommodation well-known international"


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ("公司为员工购买补充医疗保", "险，每年体检一次。", "公司为员工购买补充医疗保险，每年体检一次。"),
        ("ธนาคารเปิดทำการทุกวัน", "จันทร์ถึงศุกร์", "ธนาคารเปิดทำการทุกวันจันทร์ถึงศุกร์"),
        ("이 문서는 공개", "문서이다", "이 문서는 공개 문서이다"),
    ],
    ids=["Chinese", "Thai", "Korean"],
)
def test_only_scripts_with_spaces_get_one_at_a_line_break(first: str, second: str, text: str) -> None:
    page = [Line(first, 72, 300, 700, 11, False), Line(second, 72, 290, 686, 11, False)]
    assert [block.text for block in blocks(page, Typography.of([page]))] == [text]


def test_the_page_number_behind_a_row_of_dots_stays_in_its_line() -> None:
    entries = [(f"{n}. Chapter {'.' * 50}", n * 7) for n in range(1, 6)]
    drawing = b"".join(
        b"BT /F1 10 Tf 72 %d Td (%s) Tj ET BT /F1 10 Tf 480 %d Td (%d) Tj ET\n"
        % (700 - 16 * n, t.encode(), 700 - 16 * n, p)
        for n, (t, p) in enumerate(entries)
    )
    assert drawn(drawing).split("\n\n") == [f"{text} {page}" for text, page in entries]


def test_line_numbers_in_the_margin_are_left_out() -> None:
    numbers = b"".join(b"BT /F1 9 Tf 40 %d Td (%d) Tj ET " % (720 - 20 * n, n) for n in range(1, 21))
    words = b"".join(
        b"BT /F1 11 Tf 90 %d Td (said the witness to the court on that day and) Tj ET " % (720 - 20 * n)
        for n in range(1, 21)
    )
    assert not any(character.isdigit() for character in drawn(numbers + words))


def test_a_numbered_column_under_a_header_is_kept() -> None:
    numbers = b"BT /F1 9 Tf 40 720 Td (No.) Tj ET " + b"".join(
        b"BT /F1 9 Tf 40 %d Td (%d) Tj ET " % (720 - 20 * n, n) for n in range(1, 21)
    )
    assert "20" in drawn(numbers + b"BT /F1 11 Tf 90 720 Td (Name of the member) Tj ET")
