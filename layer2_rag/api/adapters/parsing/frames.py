"""What travels between the service and its parsing process: frames of a JSON header and a body of bytes.

Not pickle: the process that reads hostile documents may have been taken over by one, and unpickling its answer
would let it take over the service too. Spans are packed integers, because parsing megabytes of JSON would hold
up the event loop.

    request:  {"filename", "limits"}                          + the document
    reply:    {"content_type", "pages", "headings", "blocks"}  + their integers, then the text
       or:    {"error", "detail", "fault"}
"""

import json
import struct
from array import array
from dataclasses import asdict
from typing import Any

from api.errors import MyStackError
from api.services.parsing.errors import (
    DocumentBomb,
    DocumentTooLarge,
    ParserUnavailable,
    UnreadableDocument,
    UnsupportedDocument,
)
from api.services.parsing.parser import Heading, ParsedDocument, ParseLimits, Span

PREFIX = struct.Struct("<IQ")
"""Length of the header, length of the body."""

_ERRORS: dict[str, type[MyStackError]] = {
    error.code: error for error in (DocumentBomb, DocumentTooLarge, UnreadableDocument, UnsupportedDocument)
}
_INTEGERS = "I"
_WIDTH = array(_INTEGERS).itemsize

Header = dict[str, Any]


def encode_request(filename: str, limits: ParseLimits, size: int) -> bytes:
    """Everything before the document, which follows as it is: it may be large."""
    header = json.dumps({"filename": filename, "limits": asdict(limits)}).encode()
    return PREFIX.pack(len(header), size) + header


def encode_document(parsed: ParsedDocument) -> bytes:
    headings = [number for h in parsed.headings for number in (h.start, h.end, h.level)]
    numbers = array(_INTEGERS, [place for span in parsed.pages for place in span])
    numbers.extend(headings)
    numbers.extend([place for span in parsed.blocks for place in span])
    header = {
        "content_type": parsed.content_type,
        "pages": len(parsed.pages),
        "headings": len(parsed.headings),
        "blocks": len(parsed.blocks),
    }
    return _frame(header, numbers.tobytes() + parsed.text.encode())


def encode_error(error: MyStackError, fault: str = "") -> bytes:
    """`fault`: for the service's log, when the error is not one that the parser knows."""
    return _frame({"error": error.code, "detail": error.detail, "fault": fault}, b"")


def is_complete(frame: bytes) -> bool:
    """Whether a child wrote all of its reply before it died."""
    return len(frame) >= PREFIX.size and len(frame) == PREFIX.size + sum(PREFIX.unpack_from(frame))


def decode_header(header: bytes) -> Header:
    parsed: Header = json.loads(header)
    return parsed


def decode_reply(header: Header, body: bytes) -> ParsedDocument:
    """The document, with every span checked to lie inside its text. Raises the error that the reply stands for."""
    if "error" in header:
        raise _ERRORS.get(header["error"], ParserUnavailable)(str(header["detail"]))
    pages, headings, blocks = (int(header[name]) for name in ("pages", "headings", "blocks"))
    numbers = array(_INTEGERS)
    end = _WIDTH * (2 * pages + 3 * headings + 2 * blocks)
    numbers.frombytes(body[:end])
    text = body[end:].decode()
    if numbers and max(numbers) > max(len(text), 6):
        raise ParserUnavailable("The document parser gave an answer that cannot be right.")
    return ParsedDocument(
        text,
        str(header["content_type"]),
        _spans(numbers[: 2 * pages]),
        _headings(numbers[2 * pages : 2 * pages + 3 * headings]),
        _spans(numbers[2 * pages + 3 * headings :]),
    )


def _spans(numbers: "array[int]") -> tuple[Span, ...]:
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _headings(numbers: "array[int]") -> tuple[Heading, ...]:
    return tuple(map(Heading, numbers[::3], numbers[1::3], numbers[2::3]))


def _frame(header: Header, body: bytes) -> bytes:
    packed = json.dumps(header).encode()
    return PREFIX.pack(len(packed), len(body)) + packed + body
