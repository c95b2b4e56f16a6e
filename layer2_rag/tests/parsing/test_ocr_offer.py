"""Scans where OCR is off or not installed, and the limits of OCR where it is on."""

import time
from dataclasses import replace
from importlib.util import find_spec

import pytest

from api.adapters.parsing.formats import parse_document
from api.adapters.parsing.frames import PREFIX, decode_header, decode_reply, encode_document
from api.adapters.parsing.ocr.offer import in_time, warn, were
from api.adapters.parsing.sandbox import SandboxParser
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.documents.outline import as_json, from_json, outline_of
from api.services.parsing.errors import UnreadableDocument, UnsupportedDocument
from api.services.parsing.parser import PDF, Ocr, OcrLimits, ParsedDocument, ParseLimits
from tests.parsing.documents import pdf

IMAGES = {
    "a PNG image": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "a JPEG image": b"\xff\xd8\xff\xe0" + bytes(50),
    "a TIFF image": b"II*\0" + bytes(50),
    "a WEBP image": b"RIFF\x24\0\0\0WEBPVP8 " + bytes(50),
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_refused_with_the_way_to_have_it_read(name: str) -> None:
    with pytest.raises(UnsupportedDocument, match=rf"{name}.*install the extra `ocr`.*OCR=true; or run OCR"):
        parse_document(IMAGES[name], "a.pdf", ParseLimits())


def test_a_scan_is_refused_with_the_way_to_have_it_read() -> None:
    with pytest.raises(UnreadableDocument, match=r"no text layer.*install the extra `ocr`.*OCR=true; or run OCR"):
        parse_document(pdf("", ""), "a.pdf", ParseLimits())


@pytest.mark.skipif(find_spec("rapidocr") is not None, reason="the extra is installed")
async def test_without_the_extra_the_refusal_says_that_it_is_missing() -> None:
    async with SandboxParser(ocr=OcrLimits()) as parser:
        with pytest.raises(UnsupportedDocument, match="OCR is on, but the extra `ocr` is not installed"):
            await parser.parse(IMAGES["a PNG image"], "a.png")
        with pytest.raises(UnreadableDocument, match="OCR is on, but the extra `ocr` is not installed"):
            await parser.parse(pdf("", ""), "a.pdf")


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ([2], "Page 2 was"),
        ([1, 2], "Pages 1 and 2 were"),
        ([1, 2, 3, 5], "Pages 1 to 3 and 5 were"),
        ([1, 4, 5, 6, 9], "Pages 1, 4 to 6 and 9 were"),
    ],
)
def test_pages_are_named_in_words(numbers: list[int], sentence: str) -> None:
    assert were(numbers) == sentence


def test_no_more_pages_than_allowed_are_read() -> None:
    assert list(in_time([3, 5, 8], ParseLimits(ocr_pages=2))) == [3, 5]


def test_no_page_is_begun_after_the_time_but_the_first_always_is() -> None:
    begun = []
    for page in in_time([3, 5, 8], ParseLimits(ocr_seconds=0.001)):
        begun.append(page)
        time.sleep(0.01)
    assert begun == [3]


def warnings(read: list[int], unread: list[int], legible: bool = True) -> tuple[str, ...]:
    text = DocumentText(ParseLimits())
    warn(text, dict.fromkeys(read, legible), unread, ParseLimits(ocr_pages=2))
    text.add(Block("word"))
    return text.parsed(PDF).warnings


def test_the_warnings_say_what_was_recognised_and_why_the_rest_was_not() -> None:
    recognised = (
        "Pages 1 and 2 were recognised by OCR: letters and numbers may be wrong, so compare them with the original."
    )
    too_many = "Page 3 was not read: OCR reads 2 pages of a document at most (OCR_PAGES)."
    assert warnings([1, 2], [3]) == (recognised, too_many)
    late = "Pages 2 and 3 were not read: the time for OCR was over (OCR_SECONDS)."
    assert warnings([1], [2, 3])[1:] == (late,)
    unknown = "Page 1 was not read: OCR knows Latin, Greek, Chinese and Japanese letters."
    assert warnings([1], [], legible=False) == (unknown,)
    assert warnings([], []) == ()


def partly_recognised() -> ParsedDocument:
    """Two recognised blocks between two others."""
    text = DocumentText(ParseLimits())
    for word, recognised in (("one", False), ("two", True), ("three", True), ("four", False), ("five", True)):
        text.add(Block(word), recognised)
    return text.parsed(PDF)


def test_neighbouring_recognised_blocks_are_one_span() -> None:
    document = partly_recognised()
    assert [document.text[start:end] for start, end in document.recognised] == ["two\n\nthree", "five"]


def test_what_was_recognised_is_kept_beside_the_text() -> None:
    document = partly_recognised()
    outline = outline_of(document)
    assert from_json(as_json(outline)).recognised == document.recognised
    assert outline.within(0, 4).recognised == ()
    assert outline.within(0, 6).recognised == document.recognised[:1]


def test_what_was_recognised_travels_between_the_processes() -> None:
    document = partly_recognised()
    frame = encode_document(document)
    size, _ = PREFIX.unpack_from(frame)
    header = decode_header(frame[PREFIX.size : PREFIX.size + size])
    assert decode_reply(header, frame[PREFIX.size + size :]) == document


def test_a_document_with_scans_gets_time_for_each_and_memory_for_the_models() -> None:
    limits = OcrLimits(seconds=10, memory_bytes=3 * 1024**3).of_document(ParseLimits(seconds=5, memory_bytes=1), 4)
    assert limits == replace(ParseLimits(), seconds=55, memory_bytes=3 * 1024**3 + 1, ocr=Ocr.NOW)
