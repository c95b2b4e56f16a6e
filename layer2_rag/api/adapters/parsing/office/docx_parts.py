"""The parts of a DOCX around its body: headers and footers, notes, and comments."""

import re
from collections.abc import Iterator

from docx.document import Document
from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from api.adapters.parsing.office.charts import chart_blocks
from api.adapters.parsing.office.docx_body import Body
from api.adapters.parsing.office.docx_styles import Styles
from api.adapters.parsing.office.drawings import diagram_texts
from api.adapters.parsing.records import xml_tree
from api.adapters.parsing.text_builder import Block
from api.services.parsing.errors import DocumentBomb, UnreadableDocument, UnsupportedDocument

NOTES = ("/footnotes", "/endnotes")
HEADER, FOOTER = qn("w:headerReference"), qn("w:footerReference")
MAX_COMMENT = 20_000

PAGE_NUMBER = re.compile(r"[^\w]*(?:[^\W\d]+\.?\s+)?\d{1,4}(?:\s*(?:/|[^\W\d]+)\s*\d{1,4})?[^\w]*")


def addresses(part: Part) -> dict[str, str]:
    """The addresses of the links of a part, by the name of their relation."""
    return {name: relation.target_ref for name, relation in part.rels.items() if relation.is_external}


def around(document: Document, styles: Styles, tag: str) -> Iterator[Block]:
    """The headers or footers (`tag`) of all sections, each text once, as plain paragraphs without page numbers."""
    seen = set[str]()
    even = document.settings.element.find(qn("w:evenAndOddHeaders")) is not None
    for section in document.element.body.iter(qn("w:sectPr")):
        shown = {"default"} | ({"even"} if even else set()) | ({"first"} if _has_title(section) else set())
        for reference in section.iterchildren(tag):
            relation = document.part.rels.get(reference.get(qn("r:id"), ""))
            if relation is None or relation.is_external or reference.get(qn("w:type"), "default") not in shown:
                continue
            part = relation.target_part
            for block in Body(styles, addresses(part)).blocks(parse_xml(part.blob)):
                if block.text not in seen and not PAGE_NUMBER.fullmatch(block.text):
                    seen.add(block.text)
                    yield Block(block.text)


def notes(document: Document, styles: Styles) -> Iterator[Block]:
    """Footnotes and endnotes: parts of the package that python-docx does not read."""
    for root, part in _roots(document, NOTES):
        for note in root:
            yield from Body(styles, addresses(part)).blocks(note)


def comments(document: Document, styles: Styles) -> dict[str, str]:
    """The texts of the comments, by id."""
    found = dict[str, str]()
    for root, part in _roots(document, ("/comments",)):
        body = Body(styles, addresses(part))
        for comment in root.iterchildren(qn("w:comment")):
            text = " ".join(block.text for block in body.blocks(comment))
            found[comment.get(qn("w:id"), "")] = text[:MAX_COMMENT]
    return found


def drawings(document: Document) -> dict[str, list[Block]]:
    """The blocks of the charts and diagrams, by the name of their relation; without those that have no words."""
    found = dict[str, list[Block]]()
    for name, relation in document.part.rels.items():
        if relation.reltype.endswith(("/chart", "/diagramData")) and not relation.is_external:
            root = _tree(relation.target_part.blob)
            if root and relation.reltype.endswith("/chart"):
                found[name] = list(chart_blocks(root))
            elif root:
                found[name] = [Block(words) for words in diagram_texts(root)]
    return {name: blocks for name, blocks in found.items() if blocks}


def _tree(blob: bytes) -> xml_tree.Element | None:
    try:
        return xml_tree.parse_tree(blob)
    except (UnreadableDocument, UnsupportedDocument, DocumentBomb):
        return None


def _roots(document: Document, kinds: tuple[str, ...]) -> Iterator[tuple[Element, Part]]:
    for relation in document.part.rels.values():
        if relation.reltype.endswith(kinds) and not relation.is_external:
            yield parse_xml(relation.target_part.blob), relation.target_part


def _has_title(section: Element) -> bool:
    title = section.find(qn("w:titlePg"))
    return title is not None and title.get(qn("w:val"), "1") not in ("0", "false")
