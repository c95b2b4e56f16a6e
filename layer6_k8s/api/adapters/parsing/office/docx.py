"""Reads DOCX with python-docx.

python-docx opens the package and finds its parts. The body is read element by element, because python-docx's paragraph
and table objects leave out content controls, tracked insertions and text boxes.
"""

import io
import zipfile
from collections.abc import Iterator

import docx
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from api.adapters.parsing.office.docx_body import Body
from api.adapters.parsing.office.docx_fields import is_on
from api.adapters.parsing.office.docx_parts import FOOTER, HEADER, addresses, around, comments, drawings, notes
from api.adapters.parsing.office.docx_styles import Styles
from api.adapters.parsing.office.left_out import CHARTS, EMBEDDED, IMAGES
from api.adapters.parsing.office.zip_check import DAMAGED, check_zip
from api.adapters.parsing.text_builder import STRUCK_OUT, Block, DocumentText
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import DOCX, ParsedDocument, ParseLimits

STRUCK = (qn("w:strike"), qn("w:dstrike"))
XML_ERR_NO_MEMORY = 2
"""An error code of libxml2, which lxml reports as a syntax error."""
UNREAD = {"/image": IMAGES, "/oleObject": EMBEDDED, "/package": EMBEDDED}
"""What is left out, by the kind of its relation."""
DRAWN = {"/chart": CHARTS, "/diagramData": "The document has diagrams. Their text was not read."}
"""What is left out if it has no words that we can read."""


def parse_docx(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Headers, then body, tables, text boxes and comments, then notes and footers. What repeats on pages stands once.

    Raises `DocumentBomb` for archives that inflate too far, `UnreadableDocument` for damaged ones.
    """
    check_zip(data, limits)
    try:
        document = docx.Document(io.BytesIO(data))
        text = DocumentText(limits)
        drawn = drawings(document)
        for block in _blocks(document, drawn):
            text.add(block)
        if any(is_on(struck) for name in STRUCK for struck in document.element.body.iter(name)):
            text.warn(STRUCK_OUT)
        for warning in _warnings(document, drawn):
            text.warn(warning)
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
        # errors of lxml are SyntaxErrors
        if getattr(error, "code", None) == XML_ERR_NO_MEMORY:
            raise MemoryError from error
        raise UnreadableDocument(f"{DAMAGED} ({type(error).__name__})") from error
    return text.parsed(DOCX)


def _warnings(document: Document, drawn: dict[str, list[Block]]) -> Iterator[str]:
    kinds = {name: relation.reltype for name, relation in document.part.rels.items()}
    for end, warning in UNREAD.items():
        if any(kind.endswith(end) for kind in kinds.values()):
            yield warning
    for end, warning in DRAWN.items():
        if any(kind.endswith(end) and name not in drawn for name, kind in kinds.items()):
            yield warning


def _blocks(document: Document, drawn: dict[str, list[Block]]) -> Iterator[Block]:
    styles = Styles(document)
    yield from around(document, styles, HEADER)
    body = Body(styles, addresses(document.part), comments(document, styles), drawn)
    yield from body.blocks(document.element.body)
    yield from notes(document, styles)
    yield from around(document, styles, FOOTER)
