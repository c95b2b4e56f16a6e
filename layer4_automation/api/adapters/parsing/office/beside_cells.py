"""What a workbook (XLSX) has beside its cells: comments, text boxes, descriptions of pictures, titles of charts."""

import re
from collections.abc import Iterator

from api.adapters.parsing.office.docx_parts import PAGE_NUMBER
from api.adapters.parsing.office.drawings import drawing_texts
from api.adapters.parsing.office.package import Package, descendants

WORKBOOK = "xl/workbook.xml"
THREADED = "[Threaded comment]"
"""The beginning of a comment that older programs show instead of a thread, which is read itself."""
MAX_COMMENT = 20_000

_PRINTED = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)>([^<]*)<")
_CODES = re.compile(r'&(?:amp;)?(?:"[^"]*"|&quot;.*?&quot;|K(?:[\dA-Fa-f]{6}|\d\d[+-]\d{3})|\d+|[A-Za-z])')
"""Codes in what is printed above and below a sheet: fonts, places, the number of the page."""


def sheet_parts(package: Package) -> list[tuple[str, str]]:
    """Name and part of each sheet that is not hidden, in order."""
    root = package.tree(WORKBOOK)
    targets = {relation.id: relation.target for relation in package.relations(WORKBOOK)}
    sheets = (sheet.attributes for sheet in descendants(root, "sheet")) if root else ()
    shown = (sheet for sheet in sheets if sheet.get("state", "visible") == "visible")
    return [(sheet.get("name", ""), targets.get(sheet.get("id", ""), "")) for sheet in shown]


def beside_cells(package: Package, part: str) -> Iterator[str]:
    """The words of one sheet that are in no cell."""
    for relation in package.relations(part):
        if relation.kind == "drawing" and not relation.external:
            yield from drawing_texts(package, relation.target)
    threaded = package.related(part, "threadedComment")
    for comments in threaded:
        yield from _comments(package, comments, "threadedComment")
    for comments in package.related(part, "comments"):
        for comment in _comments(package, comments, "comment"):
            if THREADED not in comment or not threaded:
                yield comment
    for printed in dict.fromkeys(_PRINTED.findall(package.bytes(part))):
        text = " ".join(_CODES.sub(" ", printed.decode(errors="replace")).split())
        if text and not PAGE_NUMBER.fullmatch(text) and any(map(str.isalnum, text)) and text.casefold() != "page":
            yield text


def _comments(package: Package, part: str, tag: str) -> Iterator[str]:
    root = package.tree(part)
    for comment in descendants(root, tag) if root else ():
        text = " ".join(words.text() for words in descendants(comment, "text"))[:MAX_COMMENT]
        if text:
            yield f"Comment on {comment.attributes.get('ref', 'a cell')}: {text}"
