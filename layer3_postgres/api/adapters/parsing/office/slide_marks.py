"""Marks the end of each slide in a PPTX or ODP, because the library's model does not say where one ends.

A text box with the mark becomes the last one of each slide. In a PPTX it also has what the library leaves out: the
descriptions of pictures, and comments. Pictures, sounds, films and struck-out text are left out of the copy.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.sax.saxutils import escape

from api.adapters.parsing.office.drawings import body_text, descriptions
from api.adapters.parsing.office.package import Package, descendants

MARK = "\ue000mystack:slide\ue000"
"""Private characters: no presentation has them."""
COPIED = (".xml", ".rels", "mimetype")

_SLIDE = re.compile(r"ppt/slides/[^/]+\.xml")
_SHAPES_END = re.compile(rb"</((?:\w+:)?)spTree\s*>(?!.*</(?:\w+:)?spTree)", re.S)
STRUCK_RUN = re.compile(
    rb"<((?:\w+:)?)r>\s*<\1rPr\s(?:[^>]*\s)?strike=\"(?:sng|dbl)Strike\"(?:(?!</?\1r>).)*</\1r>", re.S
)
_PAGE_END = re.compile(rb"</draw:page\s*>")
_SHAPE = (
    '<{p}sp xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><{p}nvSpPr>'
    '<{p}cNvPr id="4294967" name="end"/><{p}cNvSpPr txBox="1"/><{p}nvPr/></{p}nvSpPr><{p}spPr/>'
    "<{p}txBody><a:bodyPr/>{words}</{p}txBody></{p}sp>"
)
_PARAGRAPH = "<a:p><a:r><a:t>{}</a:t></a:r></a:p>"
MAX_COMMENT = 20_000
_FRAME = f"<draw:frame><draw:text-box><text:p>{MARK}</text:p></draw:text-box></draw:frame>"


def marked(presentation: bytes, package: Package | None = None) -> bytes:
    """A copy of the presentation, whose slides end with `MARK`. Its archive was checked. `package`: of a PPTX."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(presentation)) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            if name.endswith(COPIED):
                words = list(_unread(package, name)) if package and _SLIDE.fullmatch(name) else []
                new.writestr(name, _marked_part(name, old.read(name), [*words, MARK]))
    return copy.getvalue()


def slides(package: Package) -> list[str]:
    """The parts that are slides."""
    return [name for name in sorted(package.names) if _SLIDE.fullmatch(name)]


def has_struck_out(package: Package) -> bool:
    """Whether a slide has struck-out text."""
    return any(STRUCK_RUN.search(package.bytes(slide)) for slide in slides(package))


def _unread(package: Package, slide: str) -> Iterator[str]:
    """The descriptions of the pictures of a slide, and the comments on it."""
    root = package.tree(slide)
    yield from descriptions(root) if root else ()
    for part in package.related(slide, "comments"):
        comments = package.tree(part)
        for comment in descendants(comments, "cm") if comments else ():
            plain = [words.text() for words in descendants(comment, "text")]
            written = plain or [body_text(body) for body in descendants(comment, "txBody")]
            yield from (f"Comment: {words[:MAX_COMMENT]}" for words in written if words)


def _marked_part(name: str, part: bytes, words: list[str]) -> bytes:
    if _SLIDE.fullmatch(name) and (end := _SHAPES_END.search(part)):
        paragraphs = "".join(_PARAGRAPH.format(escape(text)) for text in words)
        shape = _SHAPE.replace("{p}", end[1].decode()).replace("{words}", paragraphs)
        return STRUCK_RUN.sub(b"", part[: end.start()]) + shape.encode() + part[end.start() :]
    if name == "content.xml":
        return _PAGE_END.sub(lambda found: _FRAME.encode() + found[0], part)
    return part
