"""Refuses archives that inflate too far, before anything else unpacks them.

The central directory is checked first, because that is cheap. It may lie, so every entry is then inflated under the
same budget, and the result is thrown away.
"""

import io
import struct
import zipfile
import zlib

from api.services.parsing.errors import DocumentBomb, UnreadableDocument
from api.services.parsing.parser import ParseLimits

RATIO = 200
"""Inflated bytes per byte of archive. Word's XML reaches about 30; only deliberate repetition exceeds 200."""
UNSUSPICIOUS = 4 * 1024**2
"""Inflated bytes up to which the ratio does not matter."""
STEP = 256 * 1024

_LOCAL_HEADER = struct.Struct("<26xHH")
DAMAGED = "The file is damaged or cut off."


def check_zip(data: bytes, limits: ParseLimits) -> None:
    """Raises `DocumentBomb` above the budget, `UnreadableDocument` for damaged or encrypted archives."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableDocument(DAMAGED) from error
    if len(entries) > limits.entries:
        raise DocumentBomb(f"The file has {len(entries):,} parts; the limit is {limits.entries:,}.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableDocument("The file is encrypted. Remove its password and upload it again.")
    if sum(entry.compress_size for entry in entries) > len(data):
        raise DocumentBomb("The file is not a valid archive: its parts overlap.")
    budget = _budget(len(data), limits)
    _spend(budget, sum(entry.file_size for entry in entries))
    for entry in entries:
        budget = _spend(budget, _inflated_size(data, entry, budget))


def _budget(size: int, limits: ParseLimits) -> int:
    return min(limits.inflated_bytes, max(UNSUSPICIOUS, size * RATIO))


def _spend(budget: int, size: int) -> int:
    if size > budget:
        raise DocumentBomb("The file unpacks to far more than a document of its size should.")
    return budget - size


def _inflated_size(data: bytes, entry: zipfile.ZipInfo, budget: int) -> int:
    """The size to which the entry inflates; inflating stops just above the budget."""
    packed = _packed(data, entry)
    if entry.compress_type == zipfile.ZIP_STORED:
        _check_sum(zlib.crc32(packed), entry)
        return len(packed)
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise UnreadableDocument("The file uses a compression method that office programs do not use.")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    rest = bytes(packed)
    size = checksum = 0
    try:
        while not inflater.eof and size <= budget:
            piece = inflater.decompress(rest, STEP)
            rest = inflater.unconsumed_tail
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)
            if not piece and not rest:
                break
    except zlib.error as error:
        raise UnreadableDocument(DAMAGED) from error
    if size != entry.file_size:
        raise DocumentBomb("The file states false sizes of its parts.")
    _check_sum(checksum, entry)
    return size


def _check_sum(checksum: int, entry: zipfile.ZipInfo) -> None:
    if checksum != entry.CRC:
        raise UnreadableDocument(DAMAGED)


def _packed(data: bytes, entry: zipfile.ZipInfo) -> memoryview:
    """The entry's compressed bytes, found by its local header."""
    start = entry.header_offset
    if data[start : start + 4] != b"PK\x03\x04":
        raise UnreadableDocument(DAMAGED)
    try:
        name, extra = _LOCAL_HEADER.unpack_from(data, start)
    except struct.error as error:
        raise UnreadableDocument(DAMAGED) from error
    begin = start + _LOCAL_HEADER.size + name + extra
    return memoryview(data)[begin : begin + entry.compress_size]
