"""Plain text: all common encodings, and no binary data."""

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import DocumentTooLarge, UnreadableDocument, UnsupportedDocument
from api.services.parsing.parser import TEXT, ParsedDocument, ParseLimits

GERMAN = "Die Größe des Gebäudes beträgt 5 m. Über die Straße führt eine Brücke.\n"
RUSSIAN = "Система хранит каждый документ на двух машинах и сверяет их один раз в сутки.\n" * 5
JAPANESE = "このシステムは、すべての文書を二台の機械に保存し、毎日それを比較します。\n" * 5


def parsed(data: bytes, limits: ParseLimits | None = None) -> ParsedDocument:
    return parse_document(data, "file.txt", limits or ParseLimits())


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (GERMAN, "utf-32"),
        (GERMAN, "latin-1"),
        (GERMAN + "„Preis“ – 5 €", "cp1252"),
        ("déjà vu", "latin-1"),
        (RUSSIAN, "utf-8"),
        (RUSSIAN, "cp1251"),
        (JAPANESE, "shift-jis"),
        (JAPANESE, "utf-16"),
    ],
)
def test_the_encoding_is_detected(text: str, encoding: str) -> None:
    document = parsed(text.encode(encoding))
    assert document.text == text.strip()
    assert document.content_type == TEXT


def test_one_damaged_byte_does_not_turn_utf8_into_latin1() -> None:
    data = bytearray((RUSSIAN * 3).encode())
    data[40] = 0xFF
    assert "Система хранит каждый" in parsed(bytes(data)).text


def test_empty_lines_separate_paragraphs() -> None:
    document = parsed(b"one\r\nstill one\r\n \r\n\r\n  two\rstill two\n\n\n")
    assert [document.text[start:end] for start, end in document.blocks] == ["one\nstill one", "  two\nstill two"]


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n ", b"\xef\xbb\xbf", b"\xff\xfe", bytes(1000), "\u200b\n".encode()])
def test_empty_documents_are_reported_as_empty(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"empty|no text"):
        parsed(data)


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 40, b"text\0\x01\x02" * 100, b"\x00\x01\x02\x03binary", b"\x80\x81\xfe\xff\x90" * 200]
)
def test_binary_data_is_unsupported(data: bytes) -> None:
    with pytest.raises(UnsupportedDocument):
        parsed(data)


def test_a_single_stray_nul_never_reaches_the_text() -> None:
    assert parsed(b"some text \0 with a NUL in it, " * 1 + b"and more of it " * 20).text.count("\0") == 0


def test_too_much_text_is_refused() -> None:
    with pytest.raises(DocumentTooLarge):
        parsed(b"word " * 1000, ParseLimits(text_chars=4_000))


def test_a_long_text_is_refused_with_the_number_of_parts_that_would_fit() -> None:
    with pytest.raises(DocumentTooLarge, match=r"20,000 characters .* limit is 4,000\. Split it into 5 parts"):
        parsed(b"word " * 4_000, ParseLimits(text_chars=4_000))


def test_too_many_paragraphs_are_refused() -> None:
    with pytest.raises(DocumentTooLarge, match="more than 3 paragraphs"):
        parsed(b"a\n\n" * 4, ParseLimits(blocks=3))
    assert len(parsed(b"a\n\n" * 3, ParseLimits(blocks=3)).blocks) == 3


def test_the_colours_of_a_log_are_left_out() -> None:
    assert parsed(b"\x1b[1;31mERROR\x1b[0m disk full\n\x1b]8;;x\x1b\\ready").text == "ERROR disk full\nready"
