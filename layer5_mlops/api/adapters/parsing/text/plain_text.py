"""Reads plain text. Only its encoding and its line ends are made uniform."""

import re
from collections.abc import Iterator

from api.adapters.parsing.text.decoding import decode
from api.adapters.parsing.text_builder import Block, DocumentText, clean
from api.services.parsing.errors import DocumentTooLarge
from api.services.parsing.parser import TEXT, ParsedDocument, ParseLimits

_EMPTY_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")


def parse_text(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Empty lines separate the paragraphs. Plain text has no pages and no headings."""
    source = decode(data)
    if len(source) > 2 * limits.text_chars:  # before it is copied; DocumentText applies the exact limit
        parts = -(-len(source) // limits.text_chars)
        raise DocumentTooLarge(
            f"The document has {len(source):,} characters of text; the limit is {limits.text_chars:,}. Split it into "
            f"{parts} parts."
        )
    text = DocumentText(limits)
    for block in paragraphs(source):
        text.add(block)
    return text.parsed(TEXT)


def paragraphs(source: str) -> Iterator[Block]:
    """The paragraphs between empty lines."""
    yield from map(Block, _EMPTY_LINES.split(clean(source)))
