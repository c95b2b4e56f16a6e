"""What a presentation before 2007 (PPT) has beside the text of its slides, by its records ([MS-PPT])."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import olefile

from api.adapters.parsing.containers import OLE_ERRORS
from api.adapters.parsing.office.left_out import EMBEDDED, IMAGES

_RECORD = struct.Struct("<HHI")
"""Version (4 bits) and instance (12 bits), kind, length."""
_CONTAINER = 0xF
SLIDE, COMMENT, STRING, EMBEDDING = 1006, 12000, 4026, 4044
PROPERTIES = (0xF00B, 0xF122)
"""Lists of six bytes for each property of a shape, as many as their instance says."""
OF_TABLES = (0x039F, 0x03A0)
"""Properties that only tables have ([MS-ODRAW] 2.3.4)."""
TABLES = "The document has tables. Their cells were read one by one, without the rows."
COMMENT_TEXT = 1
"""The instance of the string that is the text of a comment; others are its author."""
MAX_COMMENT = 20_000


@dataclass(frozen=True, slots=True)
class PptRecords:
    """`slides`: their number, 0 if it cannot be told: after an incremental save old ones are still in the file."""

    slides: int
    comments: list[str]
    warnings: list[str]


def ppt_records(data: bytes) -> PptRecords:
    """Nothing if the file cannot be read."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as opened:
            stream = opened.openstream("PowerPoint Document").read()
            pictures = opened.exists("Pictures") and opened.get_size("Pictures") > 0
    except OLE_ERRORS:
        return PptRecords(0, [], [])
    slides, embedded, tables, comments = 0, False, False, dict[str, None]()
    for kind, instance, inner in _records(stream):
        slides += kind == SLIDE
        embedded |= kind == EMBEDDING
        tables |= kind in PROPERTIES and _is_table(inner, instance)
        if kind == COMMENT:
            comments.update((text, None) for text in _comment(inner) if text)
    found = ((IMAGES, pictures), (EMBEDDED, embedded), (TABLES, tables))
    warnings = [warning for warning, is_found in found if is_found]
    return PptRecords(slides, list(comments), warnings)


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Kind, instance and content of each record, also of those inside others; b"" for content that is not used."""
    position = 0
    while position + _RECORD.size <= len(stream):
        head, kind, length = _RECORD.unpack_from(stream, position)
        position += _RECORD.size
        kept = kind in (COMMENT, STRING, *PROPERTIES)
        yield kind, head >> 4, stream[position : position + length] if kept else b""
        if head & 0xF != _CONTAINER:
            position += length


def _comment(container: bytes) -> Iterator[str]:
    for kind, instance, content in _records(container):
        if kind == STRING and instance == COMMENT_TEXT:
            yield content.decode("utf-16-le", "replace").strip("\0 \r\n")[:MAX_COMMENT]


def _is_table(properties: bytes, count: int) -> bool:
    numbers = (int.from_bytes(properties[6 * number : 6 * number + 2], "little") & 0x3FFF for number in range(count))
    return any(number in OF_TABLES for number in numbers)
