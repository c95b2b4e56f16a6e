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
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from api.adapters.parsing.office.docx_styles import Styles
from api.adapters.parsing.office.zip_check import DAMAGED, check_zip
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import DOCX, ParsedDocument, ParseLimits

PARAGRAPH, TABLE, ROW, CELL, RUN, TEXT = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc", "r", "t"))
TEXT_BOX, FALLBACK = qn("w:txbxContent"), "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
TRANSPARENT = frozenset(qn(f"w:{name}") for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"))
"""Wrappers around paragraphs, tables and rows that do not change the text."""
UNSEEN = frozenset(qn(f"w:{name}") for name in ("del", "moveFrom", "pPr", "rPr", "rt", "txbxContent")) | {FALLBACK}
"""Not part of the running text: deleted text, properties, reading aids, alternatives for older programs."""
SIGNS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
HIDDEN = f"{qn('w:rPr')}/{qn('w:vanish')}"
NOTES = ("/footnotes", "/endnotes")
XML_ERR_NO_MEMORY = 2
"""An error code of libxml2, which lxml reports as a syntax error."""


def parse_docx(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Body, tables and text boxes, then footnotes and endnotes. Headers and footers repeat and are left out.

    Raises `DocumentBomb` for archives that inflate too far, `UnreadableDocument` for damaged ones.
    """
    check_zip(data, limits)
    try:
        document = docx.Document(io.BytesIO(data))
        text = DocumentText(limits)
        styles = Styles(document)
        for block in (*_blocks(document.element.body, styles), *_notes(document, styles)):
            text.add(block)
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
        # errors of lxml are SyntaxErrors
        if getattr(error, "code", None) == XML_ERR_NO_MEMORY:
            raise MemoryError from error
        raise UnreadableDocument(f"{DAMAGED} ({type(error).__name__})") from error
    return text.parsed(DOCX)


def _blocks(container: Element, styles: Styles) -> Iterator[Block]:
    for child in _children(container, PARAGRAPH, TABLE):
        yield from _paragraph(child, styles) if child.tag == PARAGRAPH else _rows(child, styles)


def _children(container: Element, *tags: str) -> Iterator[Element]:
    """The children with one of these tags, also those inside transparent wrappers."""
    for child in container:
        if child.tag in tags:
            yield child
        elif child.tag in TRANSPARENT:
            yield from _children(child, *tags)


def _paragraph(paragraph: Element, styles: Styles) -> Iterator[Block]:
    text = "".join(_texts(paragraph)).strip()
    if text:
        level = styles.heading_level(paragraph)
        prefix = "" if level else styles.list_prefix(paragraph)
        yield Block(prefix + text, level, tight=bool(prefix))
    for box in paragraph.iter(TEXT_BOX):
        if not any(parent.tag in (FALLBACK, TEXT_BOX) for parent in box.iterancestors()):
            yield from _blocks(box, styles)


def _rows(table: Element, styles: Styles) -> Iterator[Block]:
    """One block per row, with cells separated by bars; a table inside a cell is part of the cell's text."""
    first = True
    for row in _children(table, ROW):
        cells = [" ".join(block.text for block in _blocks(cell, styles)) for cell in _children(row, CELL)]
        if any(cells):
            yield Block(" | ".join(cells), tight=not first)
            first = False


def _texts(node: Element) -> Iterator[str]:
    """The characters of a paragraph or run, in order."""
    for child in node:
        if child.tag in (TEXT, MATH_TEXT):
            yield child.text or ""
        elif child.tag in SIGNS:
            yield SIGNS[child.tag]
        elif child.tag not in UNSEEN and not (child.tag == RUN and child.find(HIDDEN) is not None):
            yield from _texts(child)


def _notes(document: Document, styles: Styles) -> Iterator[Block]:
    """Footnotes and endnotes: parts of the package that python-docx does not read."""
    for relation in document.part.rels.values():
        if relation.reltype.endswith(NOTES) and not relation.is_external:
            for note in parse_xml(relation.target_part.blob):
                yield from _blocks(note, styles)
