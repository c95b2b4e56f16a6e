"""Marks the end of each slide in a PPTX or ODP, because the library's model does not say where one ends.

A text box with the mark becomes the last one of each slide. Pictures, sounds and films are left out of the copy.
"""

import io
import re
import zipfile

MARK = "\ue000mystack:slide\ue000"
"""Private characters: no presentation has them."""
COPIED = (".xml", ".rels", "mimetype")

_SLIDE = re.compile(r"ppt/slides/[^/]+\.xml")
_SHAPES_END = re.compile(rb"</((?:\w+:)?)spTree\s*>(?!.*</(?:\w+:)?spTree)", re.S)
_PAGE_END = re.compile(rb"</draw:page\s*>")
_SHAPE = (
    '<{p}sp xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><{p}nvSpPr>'
    '<{p}cNvPr id="4294967" name="end"/><{p}cNvSpPr txBox="1"/><{p}nvPr/></{p}nvSpPr><{p}spPr/>'
    "<{p}txBody><a:bodyPr/><a:p><a:r><a:t>" + MARK + "</a:t></a:r></a:p></{p}txBody></{p}sp>"
)
_FRAME = f"<draw:frame><draw:text-box><text:p>{MARK}</text:p></draw:text-box></draw:frame>"


def marked(presentation: bytes) -> bytes:
    """A copy of the presentation, whose slides end with `MARK`. Its archive was checked before."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(presentation)) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            if name.endswith(COPIED):
                new.writestr(name, _marked_part(name, old.read(name)))
    return copy.getvalue()


def _marked_part(name: str, part: bytes) -> bytes:
    if _SLIDE.fullmatch(name) and (end := _SHAPES_END.search(part)):
        return part[: end.start()] + _SHAPE.replace("{p}", end[1].decode()).encode() + part[end.start() :]
    if name == "content.xml":
        return _PAGE_END.sub(lambda found: _FRAME.encode() + found[0], part)
    return part
