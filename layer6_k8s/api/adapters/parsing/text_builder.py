"""Joins the blocks of a document into its stored text, and records their offsets.

text = DocumentText(limits)
text.add(Block("Setup", level=1))
text.add(Block("Run it."))
text.parsed(HTML)     ->  ParsedDocument("Setup\\n\\nRun it.", …)
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from api.services.parsing.errors import DocumentTooLarge, UnreadableDocument
from api.services.parsing.parser import Heading, ParsedDocument, ParseLimits, Span, Table

_LEADING_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")
_LINE_BREAKS = re.compile(r"\s*\n\s*")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_TERMINAL = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b\n]{0,1000}(?:\x07|\x1b\\\\))")
"""Control sequences of terminals, which colour the lines of a log (ECMA-48)."""
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls, except tab and line feed: MongoDB and PostgreSQL reject NUL
    "\u00ad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"  # zero-width: hide a word from search
    "\u202a-\u202e\u2066-\u2069"  # direction overrides display a quote in another order than it is stored
    "\ud800-\udfff\ufffe\uffff"  # lone surrogates and noncharacters are not text
    "\U000e0000-\U000e007f]"  # tag characters: invisible, but language models read them
)
_VARIATIONS = re.compile("([\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
"""A letter has one variation selector. Further ones are invisible and can hide a message to a language model."""


def clean(text: str) -> str:
    """`text` in composed form (NFC), with line feeds, without characters that are invisible or cannot be stored."""
    visible = _UNWANTED.sub("", _TERMINAL.sub("", _LINE_ENDS.sub("\n", text)))
    return unicodedata.normalize("NFC", _VARIATIONS.sub(r"\1", visible))


STRUCK_OUT = "Struck-out text is not part of the text."
"""The warning about text that does not hold any more."""


class Row(StrEnum):
    """The part of a table that a row is."""

    HEADER = "header"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item, table row or piece of code.

    `level`: 1 to 6 makes it a heading. `tight`: it follows the block before it without an empty line between them.
    `row`: it is a row of a table, whose cells are separated by " | ". The first row of a table is not tight, the others
    are, and header rows come first. A row becomes one line.
    """

    text: str
    level: int = 0
    tight: bool = False
    row: Row | None = None


class DocumentText:
    """The text under construction."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._pages: list[Span] = []
        self._page_start: int | None = None
        self._headings: list[Heading] = []
        self._blocks: list[Span] = []
        self._tables: list[tuple[list[Span], int]] = []
        self._in_table = False
        self._warnings: dict[str, None] = {}
        self._recognised: list[Span] = []

    def warn(self, warning: str) -> None:
        """Tell the reader what was left out or may be wrong, in a sentence; the same one is kept once."""
        self._warnings[warning] = None

    def add(self, block: Block, recognised: bool = False) -> None:
        """Append a block, unless it is empty after cleaning. `recognised`: by OCR.

        The indentation of its first line is kept (code), empty lines around it are removed.
        """
        text = _LEADING_LINES.sub("", clean(block.text).rstrip())
        if block.row:
            text = _LINE_BREAKS.sub(" ", text)
        if not text:
            return
        if self._parts:
            self._parts.append("\n" if block.tight else "\n\n")
            self._length += len(self._parts[-1])
        start, end = self._length, self._length + len(text)
        if end > self._limits.text_chars:
            raise DocumentTooLarge(
                f"The document has more than {self._limits.text_chars:,} characters of text. Split it into parts."
            )
        if len(self._blocks) == self._limits.blocks:
            raise DocumentTooLarge(
                f"The document has more than {self._limits.blocks:,} paragraphs. Split it into parts."
            )
        self._parts.append(text)
        self._length = end
        self._blocks.append((start, end))
        if recognised:
            self._add_recognised((start, end))
        if block.level:
            self._headings.append(Heading(start, end, block.level))
        if block.row:
            self._add_row((start, end), block)
        self._in_table = block.row is not None
        if self._page_start is None:
            self._page_start = start

    def _add_recognised(self, span: Span) -> None:
        """Blocks that follow each other are one span, which is shown without a gap."""
        if len(self._blocks) > 1 and self._recognised and self._recognised[-1][1] == self._blocks[-2][1]:
            span = self._recognised.pop()[0], span[1]
        self._recognised.append(span)

    def _add_row(self, span: Span, block: Block) -> None:
        if not (self._in_table and block.tight):
            self._tables.append(([], 0))
        rows, headers = self._tables[-1]
        if block.row is Row.HEADER and headers == len(rows):
            self._tables[-1] = (rows, headers + 1)
        rows.append(span)

    def end_page(self) -> None:
        """Make the blocks since the end of the last page a page, even if there are none."""
        start = self._length if self._page_start is None else self._page_start
        self._pages.append((start, self._length))
        self._page_start = None

    def parsed(self, content_type: str, empty: str = "The document has no text.") -> ParsedDocument:
        """The finished document. Raises `UnreadableDocument(empty)` when it has no text."""
        if not self._blocks:
            raise UnreadableDocument(empty)
        return ParsedDocument(
            "".join(self._parts),
            content_type,
            tuple(self._pages),
            tuple(self._headings),
            tuple(self._blocks),
            tuple(Table(tuple(rows), headers) for rows, headers in self._tables),
            tuple(self._warnings),
            tuple(self._recognised),
        )
