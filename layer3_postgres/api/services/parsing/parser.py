"""The text of a parsed document, and the offsets of its pages, headings and paragraphs.

The service stores the text of a `ParsedDocument`. All offsets in the service (of chunks, hits, citations) count
characters of this text, so it is made once and never changed.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"

CSV = "text/csv"
TSV = "text/tab-separated-values"
JSON = "application/json"
JSON_LINES = "application/jsonl"
XML = "application/xml"
WEBVTT = "text/vtt"
SUBRIP = "application/x-subrip"
EML = "message/rfc822"
MSG = "application/vnd.ms-outlook"

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
EPUB = "application/epub+zip"
RTF = "application/rtf"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"

PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
WEBP = "image/webp"
IMAGES = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF", WEBP: "WEBP"}
"""The content types that only OCR can read, with their names."""

PARSER_VERSION = 4
"""Grows when the same document is read differently, so that stored documents tell whether reading them again helps.

1: whatever was stored before documents noted it. 2: tables as rows and columns, and warnings. 3: the values
of form fields, the numbers of HTML lists, and bars in cells; without struck-out text; headers above PDF tables. 4: what
office files have beside their text (comments, charts, descriptions of pictures, links of cells, headers), messages
inside messages, and invitations; without what is struck out in any of them.
"""

LEAST_MEMORY = {b"PK": 256 * 1024**2}
"""Bytes of memory for a small document, by its first bytes: a ZIP archive of 100 kB can be a sheet of 100,000 cells,
each of which takes 2 kB."""
LEAST_OTHER_MEMORY = 64 * 1024**2
MEMORY_PER_BYTE = {b"PK": 512, b"%P": 64}
"""Bytes of memory per byte of document, by its first bytes: ZIP archives (DOCX, XLSX, …) and PDF. Measured, honest
documents take less than 16 MB, plus for each of their bytes: ODS 350, XLSX 270, DOCX 230 (12 for each byte of its
inflated XML), Markdown 80, ODT and XLS 28, HTML and JSON 20, PDF 12, CSV 7, text 5."""
MEMORY_PER_OTHER_BYTE = 128

Span = tuple[int, int]
"""Characters `start` to `end` of a text, end exclusive."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its title is the text at `start:end`; `level` is 1 for the outermost."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the spans of its rows in order. Each is a block.

    `headers`: how many of them, at its top, name the columns; 0 when that is not known.
    """

    rows: tuple[Span, ...]
    headers: int = 0


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The text of a document and its structure.

    `pages`: the span of each page, () when the format has none; a blank page has an empty span.
    `blocks`: paragraph-like spans in reading order, headings included. They do not overlap, and only white space lies
    between them. The text is never blank, and has no character that UTF-8, MongoDB or PostgreSQL cannot store: no NUL,
    no lone surrogate. `tables`: in order, none inside another. `warnings`: what was left out or may be wrong, each a
    sentence for the reader of the document. `recognised`: the spans that OCR recognised, in order.
    """

    text: str
    content_type: str
    pages: tuple[Span, ...]
    headings: tuple[Heading, ...]
    blocks: tuple[Span, ...]
    tables: tuple[Table, ...] = ()
    warnings: tuple[str, ...] = ()
    recognised: tuple[Span, ...] = ()


class Ocr(StrEnum):
    """Whether scanned pages and images are recognised."""

    OFF = "off"
    LATER = "later"
    """The parser only finds out whether there are any, because their recognition needs other limits."""
    NOW = "now"


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """The resources that one document may use before it is refused."""

    seconds: float = 30.0
    """Longest time from the start of the parsing to its end."""
    memory_bytes: int = 1024**3
    """Memory of a parsing process; a small document gets less. Enforced on Linux; macOS has no such limit."""
    pages: int = 2_000
    """Pages of a PDF."""
    entries: int = 5_000
    """Files inside a ZIP archive, such as DOCX."""
    inflated_bytes: int = 128 * 1024**2
    """All files inside a ZIP archive together, uncompressed."""
    blocks: int = 200_000
    """Paragraphs, headings, list items and table rows, all of which are in memory while the text is chunked."""
    text_chars: int = 4_000_000
    """Characters of text. At most 16 MB as UTF-8, so a text always fits into one MongoDB document."""
    tables: bool = True
    """Whether the tables of a PDF are found; off after a document made the library crash that finds them."""
    ocr: Ocr = Ocr.OFF
    """Whether scanned pages and images are recognised."""
    ocr_pages: int = 20
    """Scanned pages of a document that are recognised; the others are named in a warning."""
    ocr_seconds: float = 40.0
    """Longest time for a page on average; when the time is over, further pages are not begun."""
    ocr_pixels: int = 50_000_000
    """Pixels of an image, or of one page of it."""

    def for_document(self, data: bytes) -> "ParseLimits":
        """The limits of one document: a small one gets little memory."""
        least = LEAST_MEMORY.get(data[:2], LEAST_OTHER_MEMORY)
        memory = least + MEMORY_PER_BYTE.get(data[:2], MEMORY_PER_OTHER_BYTE) * len(data)
        return replace(self, memory_bytes=min(self.memory_bytes, memory))


@dataclass(frozen=True, slots=True)
class OcrLimits:
    """The resources that the recognition of one document may use, beside those of its parsing."""

    pages: int = 20
    """See `ParseLimits.ocr_pages`."""
    seconds: float = 40.0
    """See `ParseLimits.ocr_seconds`."""
    pixels: int = 50_000_000
    """See `ParseLimits.ocr_pixels`."""
    memory_bytes: int = 4 * 1024**3
    """Address space, of which the models use about a third: 1.2 GB on a page full of numbers. Enforced on Linux."""

    def of_document(self, limits: ParseLimits, pages: int) -> ParseLimits:
        """The limits under which a document with so many scanned pages is read."""
        seconds = limits.seconds + (pages + 1) * self.seconds  # the last page may begin late
        return replace(limits, ocr=Ocr.NOW, seconds=seconds, memory_bytes=limits.memory_bytes + self.memory_bytes)


class DocumentParser(Protocol):
    """Reads documents of any supported format, which is detected by their content."""

    async def parse(self, data: bytes, filename: str) -> ParsedDocument:
        """The document's text and structure; `filename` only decides between text formats.

        Raises `UnsupportedDocument`, `UnreadableDocument`, `DocumentBomb`, `DocumentTooLarge`, and `ParserUnavailable`
        when the document is not the cause.
        """
        ...
