"""The words of the drawings of an Office Open XML file: of text boxes, pictures, diagrams and charts."""

import re
from collections.abc import Iterator

from api.adapters.parsing.office.package import Package, descendants
from api.adapters.parsing.records.xml_tree import Element

MAX_DESCRIPTION = 1_000
ALTERNATIVE = "Fallback"
"""The same drawing again, for older programs."""
DIAGRAM_SIGNS = ("parTrans", "sibTrans", "pres")
"""Points of a diagram that are arrows and layout."""

_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)", re.IGNORECASE)


def drawing_texts(package: Package, part: str) -> Iterator[str]:
    """All words of the drawing of a sheet, in the order of the file."""
    root = package.tree(part)
    if root is None:
        return
    for body in descendants(root, "txBody", but=ALTERNATIVE):
        yield body_text(body)
    yield from descriptions(root)
    for chart in package.related(part, "chart"):
        if (root := package.tree(chart)) and (title := chart_title(root)):
            yield f"Chart: {title}"
    for diagram in package.related(part, "diagramData"):
        yield from diagram_texts(package.tree(diagram))


def body_text(body: Element) -> str:
    """The paragraphs of a text box, each on a line."""
    lines = ("".join(" " if piece.tag == "br" else piece.raw() for piece in p.children) for p in descendants(body, "p"))
    return "\n".join(filter(None, map(str.strip, lines)))


def descriptions(root: Element) -> Iterator[str]:
    """What the pictures show, as their author wrote it."""
    for picture in descendants(root, "pic", but=ALTERNATIVE):
        for facts in descendants(picture, "cNvPr"):
            written = facts.attributes.get("descr", "").strip()
            if written and not _FILE_NAME.fullmatch(written):
                yield written[:MAX_DESCRIPTION]


def diagram_texts(root: Element | None) -> Iterator[str]:
    """The words of a diagram (SmartArt), one text for each shape."""
    for point in descendants(root, "pt") if root else ():
        if point.attributes.get("type") not in DIAGRAM_SIGNS:
            yield from filter(None, map(body_text, descendants(point, "t")))


def chart_title(chart: Element) -> str:
    """The title of a chart, and not those of its axes."""
    inner = next(descendants(chart, "chart"), None)
    titles = (child for child in inner.children if child.tag == "title") if inner else ()
    return " ".join(body_text(text) for title in titles for text in descendants(title, "rich")).strip()
