"""The styles of a DOCX: which paragraphs are headings or list items, and of which level."""

import re

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

VALUE = qn("w:val")
MAX_INHERITANCE = 20
"""Longest chain of styles that are based on each other; a hostile file may make it a circle."""

STYLE = f"{qn('w:pPr')}/{qn('w:pStyle')}"
OUTLINE = f"{qn('w:pPr')}/{qn('w:outlineLvl')}"
LIST = f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:numId')}"
LIST_LEVEL = f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:ilvl')}"
NAME, BASE = qn("w:name"), qn("w:basedOn")

_HEADING_NAME = re.compile(r"(?:heading|title)\s*([1-9])?", re.IGNORECASE)
_LIST_NAME = re.compile(r"list (?:bullet|number|paragraph)", re.IGNORECASE)


class Styles:
    """The paragraph styles of one document. Built-in styles have English names in every language."""

    def __init__(self, document: Document) -> None:
        styles = document.styles.element.iterchildren(qn("w:style"))
        self._styles: dict[str, Element] = {style.get(qn("w:styleId"), ""): style for style in styles}
        self._levels: dict[str, int] = {}

    def heading_level(self, paragraph: Element) -> int:
        """1 to 6 for headings, 0 for text."""
        own = _value(paragraph, OUTLINE)
        if own and own.isdecimal():
            return _outline(int(own))
        style = _value(paragraph, STYLE) or ""
        if style not in self._levels:
            self._levels[style] = self._style_level(style)
        return self._levels[style]

    def list_prefix(self, paragraph: Element) -> str:
        """`- ` for list items, indented by their level. Numbers are not in the file: Word computes them."""
        style = self._styles.get(_value(paragraph, STYLE) or "")
        by_style = style is not None and _LIST_NAME.match(_value(style, NAME) or "")
        numbering = _value(paragraph, LIST)
        if numbering == "0" or not (numbering or by_style):
            return ""
        level = _value(paragraph, LIST_LEVEL) or "0"
        return "  " * min(int(level) if level.isdecimal() else 0, 8) + "- "

    def _style_level(self, name: str) -> int:
        for _ in range(MAX_INHERITANCE):
            style = self._styles.get(name)
            if style is None:
                return 0
            outline = _value(style, OUTLINE)
            if outline and outline.isdecimal():
                return _outline(int(outline))
            heading = _HEADING_NAME.fullmatch(_value(style, NAME) or "")
            if heading:
                return min(int(heading.group(1) or 1), 6)
            name = _value(style, BASE) or ""
        return 0


def _outline(level: int) -> int:
    """Word's outline levels count from 0; 9 is body text."""
    return min(level + 1, 6) if level < 9 else 0


def _value(element: Element, path: str) -> str | None:
    """The `w:val` of the child at a path."""
    found = element.find(path)
    return None if found is None else found.get(VALUE)
