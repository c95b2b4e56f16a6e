"""Makes a copy of an OpenDocument file for the library: without the comments and hidden text that it would take for a
part of the text, and with what it would leave out."""

import io
import re
import zipfile
from dataclasses import dataclass, field

from api.adapters.parsing.office.left_out import COMMENTS, without_result
from api.adapters.parsing.office.odf_frames import (
    formulas_without_result,
    with_frames,
    without_words,
    words_beside_cells,
)
from api.adapters.parsing.office.odf_page import with_headers
from api.adapters.parsing.text_builder import STRUCK_OUT

CONTENT, STYLES = "content.xml", "styles.xml"
_SPREADSHEET = re.compile(rb"<office:spreadsheet[\s>]")
_COMMENT = re.compile(rb"<office:annotation(?=[\s>]).*?</office:annotation\s*>", re.S)
_STYLE = re.compile(rb"<style:style\s[^>]*?style:name=\"([^\"]+)\"[^>]*[^/]>(.*?)</style:style\s*>", re.S)
_HIDES = re.compile(rb"text:display=\"none\"")
_STRIKES = re.compile(rb"style:text-line-through-style=\"(?!none\")")


@dataclass(frozen=True, slots=True)
class Seen:
    """A document as its reader sees it. `beside`: the words beside the cells of each sheet."""

    document: bytes
    warnings: list[str]
    beside: list[list[str]] = field(default_factory=list)


def without_unseen(document: bytes) -> Seen:
    """The document with all that its reader sees, as far as we can read it. Its archive was checked before."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        names = archive.namelist()
        content = archive.read(CONTENT) if CONTENT in names else b""
        styles = archive.read(STYLES) if STYLES in names else b""
        uncommented = _COMMENT.sub(b"", content)
        warnings = [COMMENTS] if uncommented != content else []
        holds = _without(uncommented, {*_named(_STRIKES, uncommented), *_named(_STRIKES, styles)})
        warnings += [STRUCK_OUT] if holds != uncommented else []
        seen = _without(holds, {*_named(_HIDES, holds), *_named(_HIDES, styles)})
        seen, beside = with_headers(with_frames(seen, archive, warnings), styles), list[list[str]]()
        if _SPREADSHEET.search(seen):
            warnings += without_result(formulas_without_result(seen))
            beside, seen = words_beside_cells(seen), without_words(seen)
        if seen == content:
            return Seen(document, list(dict.fromkeys(warnings)))
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w") as new:
            for name in names:
                new.writestr(name, seen if name == CONTENT else archive.read(name))
    return Seen(copy.getvalue(), list(dict.fromkeys(warnings)), beside)


def _named(kind: re.Pattern[bytes], xml: bytes) -> list[bytes]:
    """The names of the styles that hide their text, or strike it out."""
    return [name for name, inner in _STYLE.findall(xml) if kind.search(inner)]


def _without(content: bytes, styles: set[bytes]) -> bytes:
    """The content without paragraphs and spans of these styles."""
    for tag in (b"span", b"p") if styles else ():
        names = b"|".join(map(re.escape, sorted(styles)))
        hidden = rb"<text:%s\s(?:[^>]*\s)?text:style-name=\"(?:%s)\"[^>]*(?<!/)>.*?</text:%s\s*>" % (tag, names, tag)
        content = re.sub(hidden, b"", content, flags=re.S)
    return content
