"""From the bytes of a document to its text, with the places where pages, headings and paragraphs lie in it.

The text of a `ParsedDocument` is what the service stores. Every offset anywhere in the service (chunks, hits,
citations) counts characters of this text, so it is made once, here, and never changed again.
"""

from dataclasses import dataclass, replace
from typing import Protocol

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"

LEAST_MEMORY = 64 * 1024**2
MEMORY_PER_BYTE = {b"PK": 512, b"%P": 64}
"""By the first bytes of a DOCX and of a PDF. Measured, honest documents take less than 16 MB, and for each of their
bytes: a DOCX 230 (12 for each of its inflated XML), Markdown 80, HTML 20, PDF 12, text 5."""
OTHERS = 128

Span = tuple[int, int]
"""Characters `start` to `end` of a text, end exclusive."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its title is the text at `start:end`; `level` is 1 for the outermost."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The text of a document and its structure.

    `pages`: the span of each page, () when the format has none; a blank page has an empty span.
    `blocks`: paragraph-like spans in reading order, headings among them. They do not overlap, and only
    white space lies between them. The text is never blank, and holds nothing that UTF-8, MongoDB or
    PostgreSQL could not store: no NUL, no lone surrogate.
    """

    text: str
    content_type: str
    pages: tuple[Span, ...]
    headings: tuple[Heading, ...]
    blocks: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """How much one document may cost before it is refused."""

    seconds: float = 30.0
    """Time from the start of the parsing to its end."""
    memory_bytes: int = 1024**3
    """Memory of a parsing process; a small document gets less. Enforced by Linux; macOS has no such limit."""
    pages: int = 2_000
    """Pages of a PDF."""
    entries: int = 5_000
    """Files inside a DOCX."""
    inflated_bytes: int = 128 * 1024**2
    """All files inside a DOCX together, uncompressed."""
    blocks: int = 200_000
    """Paragraphs, headings, list items and table rows. The service knows each of them while it cuts the text."""
    text_chars: int = 4_000_000
    """Characters of text. At most 16 MB as UTF-8, so a text always fits into one MongoDB document."""

    def for_document(self, data: bytes) -> "ParseLimits":
        """The limits of one document: what is small has no business with much memory."""
        memory = LEAST_MEMORY + MEMORY_PER_BYTE.get(data[:2], OTHERS) * len(data)
        return replace(self, memory_bytes=min(self.memory_bytes, memory))


class DocumentParser(Protocol):
    """Reads documents of any supported format, told apart by their content."""

    async def parse(self, data: bytes, filename: str) -> ParsedDocument:
        """The document's text and structure; `filename` only decides between kinds of plain text.

        Raises `UnsupportedDocument`, `UnreadableDocument`, `DocumentBomb`, `DocumentTooLarge`, and
        `ParserUnavailable` when the fault is not the document's.
        """
        ...
