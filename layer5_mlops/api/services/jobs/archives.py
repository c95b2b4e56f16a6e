"""The files of a ZIP archive, one after the other and each within its bounds.

What an archive says of itself is not believed: a member is read up to the limit, whatever size it declares.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from api.errors import MyStackError
from api.services.parsing.errors import DocumentBomb, DocumentTooLarge, UnreadableDocument

MOST_FILES = 1_000
MOST_TIMES = 20
"""All files of an archive together may have so many times the size of the largest document."""
DOCUMENTS = frozenset({"[Content_Types].xml", "mimetype", "META-INF/container.xml", "Index/Document.iwa"})
"""A ZIP archive with one of these members is a document: DOCX, XLSX, PPTX; ODT, ODS, ODP; EPUB; Pages."""
IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Member:
    """A file of an archive: its bytes, or why it cannot be read."""

    filename: str
    data: bytes = b""
    error: MyStackError | None = None


def is_archive(data: bytes) -> bool:
    """Whether the bytes are a ZIP archive of files, and not a document in this format."""
    if not data.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return DOCUMENTS.isdisjoint(archive.namelist())
    except (zipfile.BadZipFile, ValueError):
        return False


def members(data: bytes, max_bytes: int) -> Iterator[Member]:
    """The files of the archive. A bad one never fails the others; `max_bytes` is the largest document."""
    left = MOST_TIMES * max_bytes
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for number, info in enumerate(one for one in archive.infolist() if _is_file(one)):
            if number >= MOST_FILES:
                more = f"The archive has more than {MOST_FILES:,} files; this one and those behind it were left out."
                yield Member(info.filename, error=DocumentTooLarge(more))
                return
            member = _member(archive, info, min(max_bytes, left))
            left -= len(member.data)
            yield member


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> Member:
    if info.flag_bits & 0x1:
        return Member(info.filename, error=UnreadableDocument("The file is encrypted."))
    try:
        with archive.open(info) as file:
            data = file.read(limit + 1)
    except Exception as error:  # noqa: BLE001 - decompressors raise errors of their own
        return Member(info.filename, error=UnreadableDocument(f"The archive is damaged here ({type(error).__name__})."))
    if len(data) > limit:
        return Member(info.filename, error=DocumentBomb(f"Unpacked, the file has more than {limit:,} bytes."))
    return Member(info.filename, data)


def _is_file(info: zipfile.ZipInfo) -> bool:
    return not info.is_dir() and not any(part in info.filename for part in IGNORED)
