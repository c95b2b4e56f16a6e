"""PDF: pages, paragraphs and headings, found by the positions of the glyphs."""

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import DocumentTooLarge, UnreadableDocument
from api.services.parsing.parser import PDF, ParsedDocument, ParseLimits
from tests.parsing.documents import pdf


def parsed(data: bytes, limits: ParseLimits | None = None) -> ParsedDocument:
    return parse_document(data, "file.pdf", limits or ParseLimits())


def blocks(document: ParsedDocument) -> list[str]:
    return [document.text[start:end] for start, end in document.blocks]


def test_every_page_has_its_span_in_the_text() -> None:
    document = parsed(pdf("First page.", "Second page.", "Third page."))
    assert document.content_type == PDF
    assert [document.text[start:end] for start, end in document.pages] == ["First page.", "Second page.", "Third page."]


def test_a_blank_page_counts_as_a_page() -> None:
    document = parsed(pdf("First page.", "", "Third page."))
    assert [document.text[start:end] for start, end in document.pages] == ["First page.", "", "Third page."]


def test_the_lines_of_a_paragraph_are_joined_and_paragraphs_are_not() -> None:
    document = parsed(
        pdf(
            "The storage service keeps every document on two machines and\n"
            "checks once a day that both hold the same bytes, and reports\n"
            "any difference.\n"
            "\n"
            "A second paragraph begins below an empty line and it goes on\n"
            "over two lines."
        )
    )
    assert blocks(document) == [
        "The storage service keeps every document on two machines and checks once a day that both hold the same "
        "bytes, and reports any difference.",
        "A second paragraph begins below an empty line and it goes on over two lines.",
    ]


def test_lines_that_end_in_numbers_keep_their_line_breaks() -> None:
    document = parsed(pdf("Revenue 2022 2023\nCloud 1,200 1,500\nDevices 300 (40)\nTotal 1,500 1,460"))
    assert document.text == "Revenue 2022 2023\nCloud 1,200 1,500\nDevices 300 (40)\nTotal 1,500 1,460"


def test_each_bullet_begins_a_block() -> None:
    document = parsed(pdf("• first thing to do here today\n• second thing to do here today"))
    assert blocks(document) == ["• first thing to do here today", "• second thing to do here today"]


def test_large_type_is_a_heading() -> None:
    document = parsed(pdf("# Setup\nInstall the package before anything else is done.\nThen start it."))
    (heading,) = document.headings
    assert (document.text[heading.start : heading.end], heading.level) == ("Setup", 1)


def test_running_heads_are_kept_once_and_page_numbers_are_removed() -> None:
    texts = "Apples are red.", "Bananas are yellow.", "Cherries are dark.", "Dates are sweet."
    pages = [f"# Annual Report\n\n{text}\n\nPage {number}" for number, text in enumerate(texts, 7)]
    document = parsed(pdf(*pages))
    assert blocks(document) == ["Annual Report", "Apples are red.", "Page 7", *texts[1:]]
    assert document.headings == ()
    assert len(document.pages) == 4


def test_numbers_that_do_not_count_the_pages_are_kept() -> None:
    document = parsed(pdf(*(f"Some text here.\n\nTotal {total}" for total in (310, 15, 920, 77))))
    assert [block for block in blocks(document) if "Total" in block] == [
        "Total 310",
        "Total 15",
        "Total 920",
        "Total 77",
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("The infor-\nmation is new. All information is kept.", "The information is new. All information is kept."),
        ("We use third-\nparty code. Their third-party code is good.", "We use third-party code."),
        ("Sold to non-\nAWS customers of ours, and to others.", "Sold to non-AWS customers"),
    ],
)
def test_a_word_split_by_a_line_break_is_restored(lines: str, expected: str) -> None:
    assert expected in parsed(pdf(lines)).text


def test_accents_and_special_characters_are_kept() -> None:
    assert parsed(pdf("Größe: 5 € – “naïve” (100 %)")).text == "Größe: 5 € – “naïve” (100 %)"


def test_a_scan_is_distinguished_from_a_damaged_file() -> None:
    with pytest.raises(UnreadableDocument, match=r"no text layer.*OCR"):
        parsed(pdf("", "", ""))


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\nnot really a pdf at all\n%%EOF", pdf("x" * 500)[:300]])
def test_a_damaged_file_is_reported_as_damaged(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="damaged or cut off"):
        parsed(data)


def test_bytes_before_the_header_are_ignored() -> None:
    assert parsed(b"HTTP/1.1 200 OK\r\n\r\n" + pdf("Some text.")).text == "Some text."


def test_too_much_text_is_refused() -> None:
    with pytest.raises(DocumentTooLarge, match="more than 100 characters"):
        parsed(pdf("a long line of text\n" * 20), ParseLimits(text_chars=100))
