"""Detects the format of a document by its content: file names may be wrong, and browsers guess from names."""

from api.adapters.parsing.containers import OLE, ole_format, zip_format
from api.adapters.parsing.text_formats import text_format
from api.services.parsing.errors import UnreadableDocument, UnsupportedDocument
from api.services.parsing.parser import JPEG, PDF, PNG, RTF, TIFF, WEBP
from api.services.parsing.supported import SUPPORTED

_IMAGES = (
    (b"\x89PNG", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
)
_FOREIGN = (
    (b"GIF8", "a GIF image"),
    (b"RIFF", "an image, sound or video"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"%!PS", "PostScript: convert it to PDF"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file: save it as CSV"),
)


def content_type(data: bytes, filename: str) -> str:
    """One of the content types of `api.services.parsing.parser`; the name decides only between text formats.

    Raises `UnsupportedDocument` for other formats, `UnreadableDocument` when empty, encrypted or truncated.
    """
    if not data.strip(b"\0\t\n\f\r \xef\xbb\xbf\xfe\xff"):
        raise UnreadableDocument("The document is empty.")
    if _is_pdf(data):
        return PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return zip_format(data)
    if data.startswith(OLE):
        return ole_format(data)
    if data.startswith(b"{\\rtf"):
        return RTF
    for magic, kind in _IMAGES:
        if data.startswith(magic):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            raise UnsupportedDocument(f"This is {name}. {SUPPORTED}")
    return text_format(data, filename)


def _is_pdf(data: bytes) -> bool:
    """PDF readers accept other bytes before the header; a text that mentions `%PDF-` has no trailer."""
    return data.lstrip().startswith(b"%PDF-") or (b"%PDF-" in data[:1024] and b"%%EOF" in data[-1024:])
