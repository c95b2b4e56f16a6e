"""Outlook's messages: sender, recipients, date and subject first, then the text."""

import struct

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import MSG, ParsedDocument, ParseLimits
from tests.parsing.compound import compound
from tests.parsing.old_office import inside, msg, msg_streams

SUBJECT, BODY, HTML, RTF = 0x0037, 0x1000, 0x1013, 0x1009
HEAD: dict[int, str | bytes] = {SUBJECT: "Keys", 0x0C1A: "Jörg Groß", 0x0C1F: "jg@example.org", 0x0E04: "all"}
SENT = 133_618_788_000_000_000
"""3 June 2024, 09:00 UTC."""


def parsed(data: bytes) -> ParsedDocument:
    return parse_document(data, "file", ParseLimits())


def packed(rtf: bytes) -> bytes:
    """RTF as Outlook packs it, with all letters as they are."""
    tokens = b"".join(b"\x00" + rtf[start : start + 8] for start in range(0, len(rtf), 8))
    return struct.pack("<II4sI", len(tokens) + 12, len(rtf), b"LZFu", 0) + tokens


@pytest.mark.parametrize("page", [0, 1252])
def test_the_header_comes_first(page: int) -> None:
    document = parsed(msg({**HEAD, BODY: "The code is 5519.\r\n\r\nBye."}, SENT, page=page))
    assert document.content_type == MSG
    assert document.text == (
        "Keys\n\nFrom: Jörg Groß <jg@example.org>\nTo: all\nDate: 2024-06-03 09:00 UTC\nSubject: Keys\n\n"
        "The code is 5519.\n\nBye."
    )


def test_html_is_read_when_there_is_no_plain_text() -> None:
    assert parsed(msg({**HEAD, HTML: b"<html><p>The code is <b>5519</b>."})).text.endswith("\n\nThe code is 5519.")


def test_rtf_is_read_when_there_is_no_other_text() -> None:
    document = parsed(msg({**HEAD, RTF: packed(rb"{\rtf1\ansi\ansicpg1252 The code is 5519.\par Bye.\par}")}))
    assert document.text.endswith("\n\nThe code is 5519.\n\nBye.")


def test_references_of_packed_rtf_are_followed() -> None:
    reference = struct.pack(">H", (207 + 7) << 4 | 5 - 2)  # five letters from the eighth on, after the known ones
    tokens = b"\x00" + rb"{\rtf1 a" + b"\x00" + b"bcde fgh" + b"\x02" + b"x" + reference + b"}"
    data = struct.pack("<II4sI", len(tokens) + 12, 23, b"LZFu", 0) + tokens
    assert parsed(msg({**HEAD, RTF: data})).text.endswith("\n\nabcde fghxabcde")


def test_attachments_are_named_with_a_warning() -> None:
    document = parsed(msg({**HEAD, BODY: "See the plan."}, attachments=["plan.pdf", "Übersicht.xlsx"]))
    assert document.text.endswith("\n\nAttachments: plan.pdf, Übersicht.xlsx")
    assert "plan.pdf, Übersicht.xlsx" in document.warnings[0]


def test_a_message_inside_a_message_is_read() -> None:
    deepest = msg_streams({SUBJECT: "First", BODY: "The code is 5519."}, SENT)
    middle = msg_streams({SUBJECT: "Second", BODY: "See below."}, attachments=["plan.pdf"]) | inside(deepest, 1)
    document = parsed(compound(msg_streams({**HEAD, BODY: "Forwarded."}) | inside(middle, 0)))
    assert document.text.endswith(
        "Forwarded.\n\nAttachments: Second.eml\n\nSecond\n\nSubject: Second\n\nSee below.\n\n"
        "Attachments: plan.pdf, First.eml\n\n"
        "First\n\nDate: 2024-06-03 09:00 UTC\nSubject: First\n\nThe code is 5519."
    )
    assert [heading.level for heading in document.headings] == [1, 2, 3]
    assert document.warnings == (
        "Attachments are not part of the text: plan.pdf. Upload them as documents of their own.",
    )


def test_a_damaged_message_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="damaged"):
        parsed(msg({**HEAD, RTF: b"LZ?!" * 8}))
