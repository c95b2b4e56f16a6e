"""What is left out of an Office Open XML document, as warnings for its reader."""

import re
from collections.abc import Iterator

from api.adapters.parsing.office.package import Package

_COMMENTS = re.compile(r"(?:xl|ppt)/(?:comments|threadedComments)[^/]*(?:/[^/]+)?\.xml", re.IGNORECASE)
_HIDDEN = re.compile(rb"<sheet\s[^>]*state=[\"'](?:hidden|veryHidden)", re.IGNORECASE)
_HIDDEN_CELLS = re.compile(rb"<(?:\w+:)?(?:row|col)\s[^>]*hidden=[\"'](?:1|true)")
COMMENTS = "Comments are not part of the text."
HIDDEN_SHEETS = "Hidden sheets are not part of the text."
HIDDEN_CELLS = "Hidden rows and columns are not part of the text."
IMAGES = "The document has images. Only their descriptions were read, if they have any."
CHARTS = "The document has charts. Their numbers were not read."
EMBEDDED = "The document has objects of other programs, such as charts. They were not read."
_KINDS = {"image": IMAGES, "oleObject": EMBEDDED, "package": EMBEDDED}
"""By the kind of a relation."""


def left_out(package: Package, parts: list[str]) -> Iterator[str]:
    """One sentence for each kind of content. `parts`: the sheets or slides, and the drawings on them."""
    if any(map(_COMMENTS.fullmatch, package.names - package.read)):
        yield COMMENTS
    kinds = {relation.kind for part in parts for relation in package.relations(part)}
    yield from dict.fromkeys(warning for kind, warning in _KINDS.items() if kind in kinds)


def hidden_cells(package: Package, sheets: list[str]) -> Iterator[str]:
    """Of a workbook."""
    if _HIDDEN.search(package.bytes("xl/workbook.xml")):
        yield HIDDEN_SHEETS
    if any(_HIDDEN_CELLS.search(package.bytes(sheet)) for sheet in sheets):
        yield HIDDEN_CELLS


def without_result(count: int) -> Iterator[str]:
    """`count`: cells with a formula whose result the program that wrote the workbook did not store."""
    if count:
        cells = "1 cell has a formula" if count == 1 else f"{count:,} cells have a formula"
        yield f"{cells} without a stored result, which is missing here. Open the workbook in its program and save it."
