"""What a Word document before 2007 (DOC) has beside its text: headers, footers, text boxes and comments.

All its characters are one text of several parts, one behind the other, whose lengths stand in the first block ([MS-DOC]
2.5.4, FibRgLw97). A list of pieces says where in the file they are (2.9.38, Clx). The library reads the first part and
the notes.
"""

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import olefile

from api.adapters.parsing.containers import OLE_ERRORS
from api.adapters.parsing.office.docx_parts import PAGE_NUMBER

LENGTHS = 0x4C
"""Where the lengths begin."""
NAMES = ("text", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "header boxes")
CLX = 0x01A2
"""Where the place of the list of pieces stands."""
PICTURE = "\x01"
MAX_CHARACTERS = 4_000_000
_PIECES, _COMPRESSED = 0x02, 1 << 30
_FIELD = re.compile("\x13[^\x13\x14\x15]*\x14?|\x15")
_SIGNS = re.compile(r"[\x00-\x08\x0b-\x1f]+")


@dataclass(frozen=True, slots=True)
class DocParts:
    """Paragraphs, each once."""

    headers: list[str]
    boxes: list[str]
    comments: list[str]
    pictures: bool = False
    embedded: bool = False


def doc_parts(data: bytes) -> DocParts:
    """Nothing if the list of pieces is damaged."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as opened:
            main = opened.openstream("WordDocument").read()
            table = opened.openstream("1Table" if main[11] & 2 else "0Table").read()
            embedded = any(path[0] == "ObjectPool" and len(path) > 1 for path in opened.listdir(storages=True))
            pictures = opened.exists("Data")
        parts = dict(zip(NAMES, _parts(main, table), strict=False))
    except (*OLE_ERRORS, struct.error):
        return DocParts([], [], [])
    paragraphs = {name: list(dict.fromkeys(_paragraphs(text))) for name, text in parts.items()}
    headers = [text for text in paragraphs.get("headers", ()) if not PAGE_NUMBER.fullmatch(text)]
    boxes = [*paragraphs.get("boxes", ()), *paragraphs.get("header boxes", ())]
    pictures = pictures and PICTURE in parts.get("text", "")
    return DocParts(headers, boxes, paragraphs.get("comments", []), pictures, embedded)


def _parts(main: bytes, table: bytes) -> Iterator[str]:
    lengths = struct.unpack_from("<8i", main, LENGTHS)
    text, start = _characters(main, table, min(sum(lengths), MAX_CHARACTERS)), 0
    for length in lengths:
        yield text[start : start + max(length, 0)]
        start += max(length, 0)


def _characters(main: bytes, table: bytes, most: int) -> str:
    place, size = struct.unpack_from("<II", main, CLX)
    clx, position = table[place : place + size], 0
    while clx[position] != _PIECES:  # properties of pieces stand before
        position += 3 + struct.unpack_from("<H", clx, position + 1)[0]
    (size,) = struct.unpack_from("<I", clx, position + 1)
    count = (size - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", clx, position + 5)
    texts, length = list[str](), 0
    for number in range(count):
        (offset,) = struct.unpack_from("<I", clx, position + 5 + 4 * (count + 1) + 8 * number + 2)
        characters = max(0, min(ends[number + 1] - ends[number], most - length))
        length += characters
        if offset & _COMPRESSED:
            start = (offset & ~_COMPRESSED) // 2
            texts.append(main[start : start + characters].decode("cp1252", "replace"))
        else:
            texts.append(main[offset : offset + 2 * characters].decode("utf-16-le", "replace"))
    return "".join(texts)


def _paragraphs(text: str) -> Iterator[str]:
    """Without the codes of fields and the signs for notes and pictures."""
    for line in re.split("[\r\x07]", _FIELD.sub("", text)):
        if written := _SIGNS.sub(" ", line).strip():
            yield written
