"""The messages between the service and its parsing process: frames of a JSON header and a body of bytes.

Not pickle: a hostile document may have taken over the parsing process, and unpickling its reply would let it take over
the service too. Spans are packed integers, because parsing megabytes of JSON would block the event loop.

    request:  {"filename", "limits"}                          + the document
    reply:    {"content_type", "pages", "headings", "blocks", "tables", "rows", "recognised", "warnings"}
                                                              + their integers, then the text
       or:    {"error", "detail", "fault"}
       or:    {"scans"}: the pages that OCR can recognise under other limits
"""

import json
import struct
from array import array
from dataclasses import asdict
from itertools import islice
from typing import Any

from api.errors import MyStackError
from api.services.parsing.errors import (
    DocumentBomb,
    DocumentTooLarge,
    ParserUnavailable,
    UnreadableDocument,
    UnsupportedDocument,
)
from api.services.parsing.parser import Heading, ParsedDocument, ParseLimits, Span, Table

PREFIX = struct.Struct("<IQ")
"""Length of the header, length of the body."""

INVALID = "The document parser sent an invalid reply. Upload the document again."

_ERRORS: dict[str, type[MyStackError]] = {
    error.code: error for error in (DocumentBomb, DocumentTooLarge, UnreadableDocument, UnsupportedDocument)
}
_INTEGERS = "I"
_WIDTH = array(_INTEGERS).itemsize

Header = dict[str, Any]


def encode_request(filename: str, limits: ParseLimits, size: int) -> bytes:
    """The frame without its body, the document, which is sent without being copied."""
    header = json.dumps({"filename": filename, "limits": asdict(limits)}).encode()
    return PREFIX.pack(len(header), size) + header


def encode_document(parsed: ParsedDocument) -> bytes:
    headings = [number for h in parsed.headings for number in (h.start, h.end, h.level)]
    numbers = array(_INTEGERS, [offset for span in parsed.pages for offset in span])
    numbers.extend(headings)
    numbers.extend([offset for span in parsed.blocks for offset in span])
    rows = [span for table in parsed.tables for span in table.rows]
    numbers.extend([offset for span in rows for offset in span])
    numbers.extend([number for table in parsed.tables for number in (len(table.rows), table.headers)])
    numbers.extend([offset for span in parsed.recognised for offset in span])
    header = {
        "content_type": parsed.content_type,
        "pages": len(parsed.pages),
        "headings": len(parsed.headings),
        "blocks": len(parsed.blocks),
        "rows": len(rows),
        "tables": len(parsed.tables),
        "recognised": len(parsed.recognised),
        "warnings": parsed.warnings,
    }
    return _frame(header, numbers.tobytes() + parsed.text.encode())


def encode_error(error: MyStackError, fault: str = "") -> bytes:
    """`fault`: the traceback of an unexpected error, for the service's log."""
    return _frame({"error": error.code, "detail": error.detail, "fault": fault}, b"")


def encode_scans(pages: int) -> bytes:
    return _frame({"scans": pages}, b"")


def is_complete(frame: bytes) -> bool:
    """Whether a child wrote all of its reply before it ended."""
    return len(frame) >= PREFIX.size and len(frame) == PREFIX.size + sum(PREFIX.unpack_from(frame))


def decode_header(header: bytes) -> Header:
    parsed: Header = json.loads(header)
    return parsed


def decode_reply(header: Header, body: bytes) -> ParsedDocument:
    """The document, after a check that every span lies inside its text. Raises the error that the reply names."""
    if "error" in header:
        raise _ERRORS.get(header["error"], ParserUnavailable)(str(header["detail"]))
    names = ("pages", "headings", "blocks", "rows", "tables", "recognised")
    widths = (2, 3, 2, 2, 2, 2)
    sizes = [width * int(header[name]) for name, width in zip(names, widths, strict=True)]
    numbers = array(_INTEGERS)
    end = _WIDTH * sum(sizes)
    numbers.frombytes(body[:end])
    text = body[end:].decode()
    if numbers and max(numbers) > max(len(text), 6):
        raise ParserUnavailable(INVALID)
    parts = iter(numbers)
    pages, headings, blocks, rows, tables, recognised = (array(_INTEGERS, islice(parts, size)) for size in sizes)
    return ParsedDocument(
        text,
        str(header["content_type"]),
        _spans(pages),
        _headings(headings),
        _spans(blocks),
        _tables(_spans(rows), _spans(tables)),
        tuple(map(str, header["warnings"])),
        _spans(recognised),
    )


def _spans(numbers: "array[int]") -> tuple[Span, ...]:
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _headings(numbers: "array[int]") -> tuple[Heading, ...]:
    return tuple(map(Heading, numbers[::3], numbers[1::3], numbers[2::3]))


def _tables(rows: tuple[Span, ...], counts: tuple[tuple[int, int], ...]) -> tuple[Table, ...]:
    """`counts`: of each table, its rows and how many of them are headers."""
    if sum(count for count, _ in counts) != len(rows):
        raise ParserUnavailable(INVALID)
    remaining = iter(rows)
    return tuple(Table(tuple(islice(remaining, count)), headers) for count, headers in counts)


def _frame(header: Header, body: bytes) -> bytes:
    packed = json.dumps(header).encode()
    return PREFIX.pack(len(packed), len(body)) + packed + body
