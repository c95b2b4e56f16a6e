"""Parses a document of any supported format, in this process and without limits on time and memory.

The service uses `SandboxParser`, which runs this in a process of its own.
"""

from collections.abc import Callable

from api.adapters.parsing.detect import content_type
from api.adapters.parsing.office.docx import parse_docx
from api.adapters.parsing.pdf.parser import parse_pdf
from api.adapters.parsing.text.markdown import parse_markdown
from api.adapters.parsing.text.plain_text import parse_text
from api.adapters.parsing.web.html import parse_html
from api.services.parsing.parser import DOCX, HTML, MARKDOWN, PDF, TEXT, ParsedDocument, ParseLimits

PARSERS: dict[str, Callable[[bytes, ParseLimits], ParsedDocument]] = {
    PDF: parse_pdf,
    DOCX: parse_docx,
    HTML: parse_html,
    MARKDOWN: parse_markdown,
    TEXT: parse_text,
}


def parse_document(data: bytes, filename: str, limits: ParseLimits) -> ParsedDocument:
    """See `DocumentParser`. A hostile document may raise any error."""
    return PARSERS[content_type(data, filename)](data, limits)
