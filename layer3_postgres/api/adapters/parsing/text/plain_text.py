"""Reads plain text. Only its encoding and its line ends are made uniform."""

import re

from api.adapters.parsing.text.decoding import decode
from api.adapters.parsing.text_builder import Block, DocumentText, clean
from api.services.parsing.errors import DocumentTooLarge
from api.services.parsing.parser import TEXT, ParsedDocument, ParseLimits

_EMPTY_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")


def parse_text(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Empty lines separate the paragraphs. Plain text has no pages and no headings."""
    source = decode(data)
    if len(source) > 2 * limits.text_chars:  # before it is copied; DocumentText applies the exact limit
        raise DocumentTooLarge(f"The document has more than {limits.text_chars:,} characters of text.")
    text = DocumentText(limits)
    for paragraph in _EMPTY_LINES.split(clean(source)):
        text.add(Block(paragraph))
    return text.parsed(TEXT)
