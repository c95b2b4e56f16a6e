"""Reads EPUB: its chapters are web pages, in the order of its spine."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from api.adapters.parsing.office.zip_check import DAMAGED, check_zip
from api.adapters.parsing.records.xml_tree import Element, parse_tree
from api.adapters.parsing.text.decoding import decode
from api.adapters.parsing.text_builder import Block, DocumentText
from api.adapters.parsing.web.html import html_blocks
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import EPUB, ParsedDocument, ParseLimits

CONTAINER, ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
PAGES = ("application/xhtml+xml", "text/html")
_BODY = re.compile(r"<body[\s>]", re.IGNORECASE)
_CLOSED = re.compile(r"<(?:script|style|iframe|textarea|title|svg)\b[^<>]*/>", re.IGNORECASE)
"""Elements that XHTML may close at once. In HTML they would hold the rest of the page."""
_DECLARED = re.compile(rb"<\?xml[^>]*encoding=[\"']([\w.:-]+)")


def parse_epub(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """The chapters without the table of contents. Raises `UnreadableDocument` when they are encrypted."""
    check_zip(data, limits)
    text = DocumentText(limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for chapter in _chapters(archive):
                for block in _chapter_blocks(archive.read(chapter)):
                    text.add(block)
    except (KeyError, zipfile.BadZipFile, NotImplementedError) as error:
        raise UnreadableDocument(DAMAGED) from error
    return text.parsed(EPUB, "The book has no text. Text in pictures is not read.")


def _chapters(archive: zipfile.ZipFile) -> list[str]:
    """The names of the chapters in the archive, in order."""
    container = parse_tree(archive.read(CONTAINER))
    package = next((one.attributes.get("full-path", "") for one in _all(container, "rootfile")), "")
    book = parse_tree(archive.read(package))
    items = {one.attributes.get("id"): one.attributes for one in _all(book, "item")}
    spine = [items[one.attributes["idref"]] for one in _all(book, "itemref") if one.attributes.get("idref") in items]
    folder = posixpath.dirname(package)
    chapters = [
        posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in spine
        if item.get("media-type") in PAGES and "nav" not in item.get("properties", "").split()
    ]
    if not _encrypted(archive).isdisjoint(chapters):
        raise UnreadableDocument("The book is encrypted (DRM). Its text cannot be read.")
    return chapters


def _encrypted(archive: zipfile.ZipFile) -> set[str]:
    """The members that are encrypted; often these are fonts only."""
    if ENCRYPTION not in archive.namelist():
        return set()
    references = _all(parse_tree(archive.read(ENCRYPTION)), "CipherReference")
    return {unquote(one.attributes.get("URI", "")) for one in references}


def _all(element: Element, tag: str) -> Iterator[Element]:
    """All elements of that name inside the element, in order."""
    for child in element.children:
        if child.tag == tag:
            yield child
        yield from _all(child, tag)


def _chapter_blocks(page: bytes) -> Iterator[Block]:
    """The page's body: its title, which is often that of the book, is not shown."""
    declared = _DECLARED.match(page)
    source = decode(page, declared[1].decode() if declared else None) if page.strip() else ""
    body = _BODY.search(source)
    shown = source[body.start() :] if body else source
    yield from html_blocks(_CLOSED.sub("", shown))
