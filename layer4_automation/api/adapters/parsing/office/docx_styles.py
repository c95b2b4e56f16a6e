"""The styles of a DOCX: which paragraphs are headings or list items, of which level, and with which number."""

import re

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from api.adapters.parsing.office.docx_numbering import LEVELS, Numbering

VALUE = qn("w:val")
MAX_INHERITANCE = 20
"""Longest chain of styles that are based on each other; a hostile file may make it a circle."""

STYLE = f"{qn('w:pPr')}/{qn('w:pStyle')}"
OUTLINE = f"{qn('w:pPr')}/{qn('w:outlineLvl')}"
LIST = f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:numId')}"
LIST_LEVEL = f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:ilvl')}"
BOLD = f"{qn('w:rPr')}/{qn('w:b')}"
MAX_INDENT = 8
NAME, BASE = qn("w:name"), qn("w:basedOn")

_HEADING_NAME = re.compile(r"(?:heading|title)\s*([1-9])?", re.IGNORECASE)
_LIST_NAME = re.compile(r"list (?:bullet|number|paragraph)", re.IGNORECASE)


class Styles:
    """The paragraph styles of one document. Built-in styles have English names in every language."""

    def __init__(self, document: Document) -> None:
        styles = document.styles.element.iterchildren(qn("w:style"))
        self._styles: dict[str, Element] = {style.get(qn("w:styleId"), ""): style for style in styles}
        self._levels: dict[str, int] = {}
        self._lists: dict[str, tuple[str, int] | None] = {}
        self._numbering = Numbering(document)

    def heading_level(self, paragraph: Element) -> int:
        """1 to 6 for headings, 0 for text."""
        own = _value(paragraph, OUTLINE)
        if own and own.isdecimal():
            return _outline(int(own))
        style = _value(paragraph, STYLE) or ""
        if style not in self._levels:
            self._levels[style] = self._style_level(style)
        return self._levels[style]

    def label(self, paragraph: Element) -> str:
        """The number of a heading or list item as Word shows it, `-` for a bullet, or nothing."""
        numbering = self._numbering_of(paragraph)
        return self._numbering.label(*numbering) if numbering else ""

    def indent(self, paragraph: Element) -> str:
        """The indentation of a list item by its level."""
        numbering = self._numbering_of(paragraph)
        return "  " * min(numbering[1], MAX_INDENT) if numbering else ""

    def is_bold(self, run: Element) -> bool:
        """Whether a run is bold by its own properties."""
        bold = run.find(BOLD)
        return bold is not None and bold.get(VALUE, "1") not in ("0", "false")

    def _numbering_of(self, paragraph: Element) -> tuple[str, int] | None:
        """List and level of a paragraph: its own, else those of its style."""
        style = _value(paragraph, STYLE) or ""
        if style not in self._lists:
            self._lists[style] = self._style_list(style)
        inherited = self._lists[style]
        number = _value(paragraph, LIST) or (inherited[0] if inherited else None)
        if number is None or number == "0":
            return None
        level = _level(_value(paragraph, LIST_LEVEL))
        if level is None:
            level = inherited[1] if inherited else 0
        return number, level

    def _style_list(self, name: str) -> tuple[str, int] | None:
        """List and level of a style. `List Bullet` without a list of its own is a bullet all the same."""
        for _ in range(MAX_INHERITANCE):
            style = self._styles.get(name)
            if style is None:
                return None
            number = _value(style, LIST)
            if number:
                level = _level(_value(style, LIST_LEVEL))
                return number, self._numbering.level_of_style(number, name) if level is None else level
            if _LIST_NAME.match(_value(style, NAME) or ""):
                return "", 0
            name = _value(style, BASE) or ""
        return None

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


def _level(level: str | None) -> int | None:
    """The number of a list's level; None if it is not given."""
    return min(int(level), LEVELS - 1) if level and level.isascii() and level.isdecimal() else None


def _value(element: Element, path: str) -> str | None:
    """The `w:val` of the child at a path."""
    found = element.find(path)
    return None if found is None else found.get(VALUE)
