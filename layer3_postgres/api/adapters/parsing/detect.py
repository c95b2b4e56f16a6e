"""Detects the format of a document by its content: file names may be wrong, and browsers guess from names."""

import io
import re
import zipfile

from api.services.parsing.errors import UnreadableDocument, UnsupportedDocument
from api.services.parsing.parser import DOCX, HTML, MARKDOWN, PDF, TEXT

SUPPORTED = "Supported formats are PDF, DOCX, HTML, Markdown and plain text."
HEAD = 4096
"""Bytes that are read to distinguish text formats."""

_FOREIGN = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"RIFF", "an image, sound or video"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "RTF: save it as DOCX or PDF"),
    (b"%!PS", "PostScript: convert it to PDF"),
    (b"SQLite format 3", "a database"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = {"xl": "an Excel workbook", "ppt": "a PowerPoint presentation"}

_HTML_START = re.compile(
    rb"\s*+(?>(?:<\?xml[^>]*+>\s*+)?)(?>(?:(?><!--.*?-->)\s*+)*)<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_HTML_TAG = re.compile(rb"<(?:p|div|span|table|ul|ol|h[1-6]|a|br|meta|title|section|article)\b[^>]*>", re.I)
_MARKDOWN_SIGNS = re.compile(
    rb"^(?:\#{1,6}\s+\S.*|```.*|~~~.*|(?:=|-){3,}\s*|>\s.*|\s*[-*+]\s+\S.*|\|.*\|)\s*$|\[[^\]\n]+\]\([^)\n]+\)|\*\*\S",
    re.M,
)
_HEADING_LINE = re.compile(rb"^\#{1,6}\s+\S", re.M)


def content_type(data: bytes, filename: str) -> str:
    """One of the content types of `api.services.parsing.parser`; the name decides only between text formats.

    Raises `UnsupportedDocument` for other formats, `UnreadableDocument` when empty, encrypted or truncated.
    """
    if not data.strip(b"\0\t\n\f\r \xef\xbb\xbf\xfe\xff"):
        raise UnreadableDocument("The document is empty.")
    if _is_pdf(data):
        return PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_format(data)
    if data.startswith(_OLE):
        raise _ole_error(data)
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            raise UnsupportedDocument(f"This is {name}. {SUPPORTED}")
    return _text_format(data, filename)


def _is_pdf(data: bytes) -> bool:
    """PDF readers accept other bytes before the header; a text that mentions `%PDF-` has no trailer."""
    return data.lstrip().startswith(b"%PDF-") or (b"%PDF-" in data[:1024] and b"%%EOF" in data[-1024:])


def _zip_format(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise UnreadableDocument("The file is a damaged or cut off DOCX or ZIP file.") from error
    if "[Content_Types].xml" in names and any(name.startswith("word/document") for name in names):
        return DOCX
    folders = {name.split("/", 1)[0] for name in names if "/" in name}
    kind = next((_OFFICE[folder] for folder in _OFFICE if folder in folders), "a ZIP archive")
    raise UnsupportedDocument(f"This is {kind}. {SUPPORTED}")


def _ole_error(data: bytes) -> UnreadableDocument | UnsupportedDocument:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return UnreadableDocument("The Office document is encrypted. Remove its password and upload it again.")
    return UnsupportedDocument(f"This is a document of an old Office version. Save it as DOCX. {SUPPORTED}")


def _text_format(data: bytes, filename: str) -> str:
    head = data[:HEAD].removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    head = head.replace(b"\0", b"")  # UTF-16
    extension = filename.rpartition(".")[2].lower()
    if _HTML_START.match(head) or (extension in ("html", "htm", "xhtml") and _HTML_TAG.search(head)):
        return HTML
    if extension in ("md", "markdown", "mdown", "mkd"):
        return MARKDOWN
    looks_like_markdown = _HEADING_LINE.search(head) and len(_MARKDOWN_SIGNS.findall(head)) >= 3
    return MARKDOWN if looks_like_markdown and "." not in filename else TEXT
