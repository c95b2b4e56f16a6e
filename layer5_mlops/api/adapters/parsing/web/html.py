"""Reads HTML as its visible text, with selectolax (lexbor)."""

import re
from collections import Counter
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from api.adapters.parsing.text.decoding import decode
from api.adapters.parsing.text_builder import STRUCK_OUT, Block, DocumentText
from api.adapters.parsing.web.reader import Reader
from api.services.parsing.errors import DocumentBomb
from api.services.parsing.parser import HTML, ParsedDocument, ParseLimits

MAX_NESTING = 5_000
"""Nested open blocks; browsers stop at 512. The parser's time grows with the square of the depth."""

_NESTING = re.compile(
    r"<(/?)(?=[abcdfhlmnopstu])(address|article|aside|blockquote|center|details|dialog|dir|div|dl|fieldset|figcaption|figure|footer|form"
    r"|header|hgroup|listing|main|menu|nav|ol|pre|search|section|summary|table|ul)\b",
    re.IGNORECASE,
)
_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_STRUCK = re.compile(r"<(?:del|s|strike)[\s>]", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def parse_html(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """The text of a page, with its title as the first heading. Hidden text is left out: readers could not see a quote.

    Text is hidden by the `hidden` attribute or an inline style. Style sheets are not evaluated.
    """
    declared = _DECLARED.search(data[:4096])
    source = decode(data, declared.group(1).decode("ascii") if declared else None)
    text = DocumentText(limits)
    for block in html_blocks(source):
        text.add(block)
    if _STRUCK.search(source):
        text.warn(STRUCK_OUT)
    return text.parsed(HTML)


def html_blocks(source: str) -> Iterator[Block]:
    """The blocks of a page or fragment, in order."""
    _check_nesting(source)
    try:
        tree = LexborHTMLParser(source)
    except SelectolaxError as error:
        raise MemoryError from error  # the parser accepts all markup, so memory is the only reason
    title, body = tree.css_first("head > title"), tree.body
    first = body.css_first("h1") if body else None
    if title and (first is None or _collapsed(first.text()) != _collapsed(title.text())):
        yield Block(_collapsed(title.text()), level=1)
    if body:
        yield from _body_blocks(body, has_title=first is not None)


def _body_blocks(body: LexborNode, has_title: bool) -> Iterator[Block]:
    """The blocks without menus and the like; with them if there is nothing else."""
    blocks = Reader(has_title=has_title).read(body)
    first = next(blocks, None)
    if first is None:
        blocks = Reader(menus=True).read(body)
    else:
        yield first
    yield from blocks


def _check_nesting(source: str) -> None:
    """Raises `DocumentBomb`. Only elements that need an end tag count: others end where the next one begins."""
    opened: Counter[str] = Counter()
    depth = 0
    for tag in _NESTING.finditer(source):
        name = tag[2]
        if not tag[1]:
            opened[name] += 1
            depth += 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > MAX_NESTING:
            raise DocumentBomb("The page is nested too deeply.")


def _collapsed(text: str) -> str:
    return _SPACES.sub(" ", text).strip()
