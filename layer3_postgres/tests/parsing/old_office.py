"""Builds documents of Office before 2007 and Outlook's messages, with as few records as their readers need."""

import struct
from collections.abc import Mapping, Sequence

from tests.parsing.compound import compound
from tests.parsing.office_files import Rows


def doc(text: str, locked: bool = False) -> bytes:
    """A Word document; each paragraph ends with a carriage return. `locked`: it is marked as encrypted."""
    body, start = text.encode("cp1252"), 2048
    pieces = struct.pack("<II", 0, len(body)) + struct.pack("<HIH", 0, start * 2 | 1 << 30, 0)
    table = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    flags = 0x0200 | (0x0100 if locked else 0)
    base = struct.pack("<HHHHHHHIBBHHII", 0xA5EC, 0xC1, 0, 0x0409, 0, flags, 0xBF, 0, 0, 0, 0, 0, start, start)
    longs = [start + len(body), 0, 0, len(body), *[0] * 18]
    places = [*[0] * 66, 0, len(table), *[0] * 118]
    head = base + struct.pack("<H28xH22IH", 14, 22, *longs, 93) + struct.pack("<186IH", *places, 0)
    return compound({"WordDocument": head.ljust(start, b"\0") + body, "1Table": table})


def ppt(*slides: tuple[str, str], more: bytes = b"", pictures: bytes = b"") -> bytes:
    """A presentation; each slide has a title, which may be empty, and a text. `more`: records behind the slides."""
    listed = b"".join(
        _record(1011, struct.pack("<IIiII", number + 2, 0, 2, 256 + number, 0)) + _outline(title, 0) + _outline(text, 1)
        for number, (title, text) in enumerate(slides)
    )
    document = _container(1000, _record(1001, bytes(40), 1), _container(4080, listed))
    stream, places = b"", list[int]()
    for part in (document, *[_container(1006, _record(1007, bytes(24), 2)) for _ in slides]):
        places.append(len(stream))
        stream += part
    stream += more
    directory = len(stream)
    stream += _record(6002, struct.pack(f"<{1 + len(places)}I", 1 | len(places) << 20, *places))
    edit = len(stream)
    stream += _record(4085, struct.pack("<IHBBIIIIHH", 0, 0, 0, 3, 0, directory, 1, len(places), 1, 0))
    user = _record(4086, struct.pack("<IIIHHBBH", 20, 0xE391C05F, edit, 0, 1012, 3, 0, 0))
    shown = {"Pictures": pictures} if pictures else {}
    return compound({"PowerPoint Document": stream, "Current User": user, **shown})


def _outline(text: str, kind: int) -> bytes:
    if not text:
        return b""
    return _record(3999, struct.pack("<I", kind)) + _record(4000, text.encode("utf-16-le"))


def _container(kind: int, *inner: bytes) -> bytes:
    return _record(kind, b"".join(inner), 0xF)


def _record(kind: int, data: bytes, version: int = 0) -> bytes:
    return struct.pack("<HHI", version, kind, len(data)) + data


def xls(name: str, rows: Rows, locked: bool = False, more: bytes = b"") -> bytes:
    """A workbook of one sheet; `locked`: it is marked as encrypted. `more`: records behind the cells."""
    cells = b""
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str):
                text = value.encode("latin-1")
                cells += _biff(0x0204, struct.pack("<HHHHB", number, column, 0, len(text), 0) + text)
            else:
                cells += _biff(0x0203, struct.pack("<HHHd", number, column, 0, value))
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    label = name.encode("latin-1")
    bound = struct.pack("<BBBB", 0, 0, len(label), 0) + label
    key = _biff(0x002F, struct.pack("<H", 1) + bytes(52)) if locked else b""
    length = len(_biff(0x0809, begin) + key + _biff(0x0085, bytes(4) + bound) + _biff(0x000A, b""))
    head = _biff(0x0809, begin) + key + _biff(0x0085, struct.pack("<I", length) + bound) + _biff(0x000A, b"")
    sheet = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + more + _biff(0x000A, b"")
    return compound({"Workbook": head + sheet})


def _biff(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def msg(properties: Mapping[int, str | bytes], sent: int = 0, attachments: Sequence[str] = (), page: int = 0) -> bytes:
    """An Outlook message: text and binary properties by their tags. `sent`: 100 ns since 1601. `page`: of code."""
    return compound(msg_streams(properties, sent, attachments, page))


def inside(message: Mapping[str, bytes], number: int) -> dict[str, bytes]:
    """The streams of a message that is an attachment of another one."""
    folder = f"__attach_version1.0_#{number:08X}/__substg1.0_3701000D"
    fixed = {"__properties_version1.0": message["__properties_version1.0"][8:]}
    return {f"{folder}/{name}": data for name, data in {**message, **fixed}.items()}


def msg_streams(
    properties: Mapping[int, str | bytes], sent: int = 0, attachments: Sequence[str] = (), page: int = 0
) -> dict[str, bytes]:
    """What is in the message."""
    fixed = bytes(32)
    fixed += struct.pack("<HHIQ", 0x0040, 0x0039, 6, sent) if sent else b""
    fixed += struct.pack("<HHIII", 0x0003, 0x3FFD, 6, page, 0) if page else b""
    streams = {"__properties_version1.0": fixed}
    for tag, value in properties.items():
        if isinstance(value, bytes):
            streams[f"__substg1.0_{tag:04X}0102"] = value
        elif page:
            streams[f"__substg1.0_{tag:04X}001E"] = value.encode(f"cp{page}")
        else:
            streams[f"__substg1.0_{tag:04X}001F"] = value.encode("utf-16-le")
    for number, name in enumerate(attachments):
        streams[f"__attach_version1.0_#{number:08X}/__substg1.0_3707001F"] = name.encode("utf-16-le")
    return streams
