"""Builds OLE compound files, the container of MSG, XLS, DOC and PPT."""

import struct
from collections.abc import Mapping

SECTOR = 512
LEAST = 4096
"""Smaller streams would be in a stream of their own; they are filled with zeros instead."""
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
STORAGE, STREAM, ROOT = 1, 2, 5


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file; a name such as `folder/name` is inside a storage, and that may be in another one."""
    parts = [name.split("/") for name in streams]
    folders = sorted({"/".join(part[:depth]) for part in parts for depth in range(1, len(part))})
    entries: list[tuple[str, int, bytes]] = [("Root Entry", ROOT, b"")]
    entries += [(folder, STORAGE, b"") for folder in folders]
    entries += [(name, STREAM, data.ljust(LEAST, b"\0")) for name, data in streams.items()]
    table, sectors = list[int](), list[bytes]()
    directory = b""
    for number, (name, kind, data) in enumerate(entries):
        start = len(sectors) if data else 0
        _append(data, sectors, table)
        directory += _entry(name.split("/")[-1], kind, _next(entries, number), _first(entries, name, kind), start, data)
    first_directory = len(sectors)
    _append(directory.ljust(-(-len(directory) // SECTOR) * SECTOR, b"\0"), sectors, table)
    fat_sectors = 1
    while (len(table) + fat_sectors) * 4 > fat_sectors * SECTOR:
        fat_sectors += 1
    first_fat = len(sectors)
    table += [FAT] * fat_sectors
    table += [FREE] * (fat_sectors * SECTOR // 4 - len(table))
    fat = struct.pack(f"<{len(table)}I", *table)
    places = [*range(first_fat, first_fat + fat_sectors), *[FREE] * (109 - fat_sectors)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHHHIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, fat_sectors, first_directory)
    header += struct.pack("<IIIIII", 0, LEAST, END, 0, END, 0) + struct.pack("<109I", *places)
    return header + b"".join(sectors) + fat


def _append(data: bytes, sectors: list[bytes], table: list[int]) -> None:
    count = -(-len(data) // SECTOR)
    for number in range(count):
        sectors.append(data[number * SECTOR : (number + 1) * SECTOR].ljust(SECTOR, b"\0"))
        table.append(END if number == count - 1 else len(sectors))


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _siblings(entries: list[tuple[str, int, bytes]], folder: str) -> list[int]:
    """The entries of a folder in the order of the format: by length, then by letters."""
    found = [number for number, (name, kind, _) in enumerate(entries) if kind != ROOT and _folder(name) == folder]
    return sorted(found, key=lambda number: (len(entries[number][0]), entries[number][0].upper()))


def _next(entries: list[tuple[str, int, bytes]], number: int) -> int:
    if number == 0:
        return FREE
    siblings = _siblings(entries, _folder(entries[number][0]))
    position = siblings.index(number) + 1
    return siblings[position] if position < len(siblings) else FREE


def _first(entries: list[tuple[str, int, bytes]], name: str, kind: int) -> int:
    siblings = _siblings(entries, "" if kind == ROOT else name) if kind != STREAM else []
    return siblings[0] if siblings else FREE


def _entry(name: str, kind: int, right: int, child: int, start: int, data: bytes) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    head = encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, FREE, right, child)
    return head + bytes(36) + struct.pack("<IQ", start if data else (END if kind == ROOT else 0), len(data))
