"""Removes comments and hidden text from an OpenDocument file: the library would read them as part of the text."""

import io
import re
import zipfile

CONTENT, STYLES = "content.xml", "styles.xml"
_COMMENT = re.compile(rb"<office:annotation(?=[\s>]).*?</office:annotation\s*>", re.S)
_STYLE = re.compile(rb"<style:style\s[^>]*?style:name=\"([^\"]+)\"[^>]*[^/]>(.*?)</style:style\s*>", re.S)
_HIDES = re.compile(rb"text:display=\"none\"")


def without_unseen(document: bytes) -> tuple[bytes, bool]:
    """The document as its reader sees it, and whether it had comments. Its archive was checked before."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        names = archive.namelist()
        content = archive.read(CONTENT) if CONTENT in names else b""
        uncommented = _COMMENT.sub(b"", content)
        styles = archive.read(STYLES) if STYLES in names else b""
        seen = _without_hidden(uncommented, {*_hiding(uncommented), *_hiding(styles)})
        if seen == content:
            return document, False
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w") as new:
            for name in names:
                new.writestr(name, seen if name == CONTENT else archive.read(name))
    return copy.getvalue(), uncommented != content


def _hiding(xml: bytes) -> list[bytes]:
    """The names of the styles that hide their text."""
    return [name for name, inner in _STYLE.findall(xml) if _HIDES.search(inner)]


def _without_hidden(content: bytes, styles: set[bytes]) -> bytes:
    """The content without paragraphs and spans of these styles."""
    for tag in (b"span", b"p") if styles else ():
        names = b"|".join(map(re.escape, sorted(styles)))
        hidden = rb"<text:%s\s(?:[^>]*\s)?text:style-name=\"(?:%s)\"[^>]*(?<!/)>.*?</text:%s\s*>" % (tag, names, tag)
        content = re.sub(hidden, b"", content, flags=re.S)
    return content
