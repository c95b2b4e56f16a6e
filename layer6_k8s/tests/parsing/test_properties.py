"""Any upload gives text that every store accepts, or a documented error."""

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import DocumentBomb, UnreadableDocument, UnsupportedDocument
from api.services.parsing.parser import ParsedDocument, ParseLimits
from tests.parsing import office_files, old_office
from tests.parsing.documents import pdf, word

HTML_PARTS = "<p> </p> <li> <ul> </ul> <ol> <table> <tr> <td> </table> <pre> <br> <h1> </h1> <svg> &#0; &#xD800;"
MARKDOWN_PARTS = ["# ", "- ", "1. ", "> ", "```\n", "\n", "\n\n", "| a | b |\n", "---\n", "**", "[x](y)", "    ", "\t"]
ODD_PARTS = ["<ol start=-1>", "<template>", "\ud800", "\x00", "é", "word", " ", "\u202e", "\ufeff"]
MARKUP = st.lists(st.sampled_from([*HTML_PARTS.split(), *MARKDOWN_PARTS, *ODD_PARTS])).map("".join)
SUFFIXES = ["md", "html", "txt", "pdf", "docx", "csv", "tsv", "json", "jsonl", "xml", "eml", "vtt", "srt"]
NAMES = ["a", *(f"a.{suffix}" for suffix in SUFFIXES)]
steady = settings(deadline=None, derandomize=True, database=None)
"""The same examples in every run, and no time limit, because other programs share the machine."""


def assert_sound(document: ParsedDocument) -> None:
    """The invariants of `ParsedDocument`."""
    text = document.text
    assert text.encode().decode() == text
    assert text.strip()
    assert "\0" not in text
    covered = 0
    for start, end in document.blocks:
        assert text[start:end].strip()
        assert not text[covered:start].strip()
        assert start >= covered
        covered = end
    assert not text[covered:].strip()
    assert {(h.start, h.end) for h in document.headings} <= set(document.blocks)
    assert all(1 <= h.level <= 6 for h in document.headings)
    assert list(document.pages) == sorted(document.pages)


def assert_sound_or_refused(data: bytes, name: str) -> None:
    """The result is a sound document, or one of the documented errors."""
    with suppress(UnreadableDocument, UnsupportedDocument, DocumentBomb):
        assert_sound(parse_document(data, name, ParseLimits()))


@steady
@given(source=MARKUP, name=st.sampled_from(["a.md", "a.html", "a.txt", "a"]))
def test_any_markup_gives_a_sound_document(source: str, name: str) -> None:
    assert_sound_or_refused(source.encode("utf-8", "surrogatepass"), name)


@steady
@given(data=st.binary(max_size=300), name=st.sampled_from(NAMES))
def test_any_bytes_give_a_sound_document_or_a_documented_error(data: bytes, name: str) -> None:
    assert_sound_or_refused(data, name)


ORIGINALS = [
    pdf("# Title\nSome text.", "More text."),
    word(lambda document: document.add_paragraph("Hello.")),
    *(office_files.pptx(("Title", "Hello.")), office_files.xlsx({"A": (("id", "city"), (1, "Lund"))})),
    *(office_files.odt(), office_files.ods({"A": (("id", "city"),)}), office_files.odp(("Title", "Hello."))),
    *(office_files.epub(("Title", "Hello.")), office_files.rtf(), old_office.xls("A", (("id",), (1,)))),
    old_office.msg({0x37: "Title", 0x1000: "Hello."}, sent=1, attachments=["a.pdf"]),
    *(old_office.doc("Hello.\r"), old_office.ppt(("Title", "Hello."), ("End", "Bye."))),
    b"id,city\n1,Lund\n",
    b'[{"id": 1, "at": {"city": "Lund"}}, {"id": 2}]',
    b"<?xml version='1.0'?><a><b c='1'>x</b><b>y</b></a>",
    b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada>Hello.\n",
    b"From: =?utf-8?q?J=C3=B6rg?= <a@b>\nMessage-ID: <1>\nSubject: x\nMIME-Version: 1.0\n"
    b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/html; charset=cp1252\n\n<p>Hello.\n',
]


@pytest.mark.parametrize("original", ORIGINALS, ids=range(len(ORIGINALS)))
def test_damaged_files_give_a_sound_document_or_a_documented_error(original: bytes) -> None:
    chance = random.Random(7)
    for _ in range(150):
        data = bytearray(original)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        assert_sound_or_refused(bytes(data), chance.choice(NAMES))
