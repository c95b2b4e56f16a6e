"""Reads HTML as its visible text, with selectolax (lexbor)."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import cast

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from api.adapters.parsing.text.decoding import decode
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.parsing.errors import DocumentBomb
from api.services.parsing.parser import HTML, ParsedDocument, ParseLimits

UNSEEN = re.compile(
    "script|style|noscript|template|head|svg|math|iframe|object|embed|canvas|audio|video|select|datalist|input"
    "|textarea|button"
)
"""Elements whose content is not part of the text."""
BLOCKS = re.compile(
    "address|article|aside|blockquote|body|caption|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer"
    "|form|h[1-6]|header|hr|html|legend|li|main|menu|nav|ol|p|pre|search|section|summary|table|tbody|tfoot|thead"
    "|tr|ul"
)
"""Elements that begin and end a block."""
CELLS = frozenset({"td", "th"})
CELL_STARTS = ("", " | ")
LINE_BREAK = "\v"
"""Represents <br> while text is collected; a vertical tab has no other use in HTML."""
MAX_NESTING = 5_000
"""Nested open blocks; browsers stop at 512. The parser's time grows with the square of the depth."""
MAX_INDENT = 8
"""Deeper lists are not indented further."""

_NESTING = re.compile(
    r"<(/?)(?=[abcdfhlmnopstu])(address|article|aside|blockquote|center|details|dialog|dir|div|dl|fieldset|figcaption|figure|footer|form"
    r"|header|hgroup|listing|main|menu|nav|ol|pre|search|section|summary|table|ul)\b",
    re.IGNORECASE,
)
_HEADING = re.compile(r"h([1-6])")
_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$)"
    r"|font-size\s*:\s*0(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
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
    return text.parsed(HTML)


def html_blocks(source: str) -> Iterator[Block]:
    """The blocks of a page or fragment, in order."""
    _check_nesting(source)
    try:
        tree = LexborHTMLParser(source)
    except SelectolaxError as error:
        raise MemoryError from error  # the parser accepts all markup, so memory is the only reason
    title, body = tree.css_first("head > title"), tree.body
    if title:
        first = body.css_first("h1") if body else None
        if first is None or _collapsed(first.text()) != _collapsed(title.text()):
            yield Block(_collapsed(title.text()), level=1)
    if body:
        yield from _Reader().read(body)


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


class _Reader:
    """Walks the tree without recursion, because hostile pages nest deeper than any stack, and collects text blocks."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._lists: list[int | None] = []  # the next number of each open list, None for bullets
        self._verbatim = 0
        self._rows = 0
        self._cells = 0
        self._prefix = ""
        self._tight = False
        self._first = True  # the next item or row is the first of its list or table

    def read(self, body: LexborNode) -> Iterator[Block]:
        node, entering = body, True
        while True:
            if entering:
                yield from self._enter(node)
                inner = None if self._skips(node) else node.child
                node, entering = (inner, True) if inner is not None else (node, False)
                continue
            yield from self._leave(node)
            if node.mem_id == body.mem_id:
                return
            following = node.next
            node, entering = (following, True) if following is not None else (cast(LexborNode, node.parent), False)

    @staticmethod
    def _skips(node: LexborNode) -> bool:
        return node.is_element_node and (bool(UNSEEN.fullmatch(node.tag or "")) or _is_hidden(node))

    def _enter(self, node: LexborNode) -> Iterator[Block]:
        tag = node.tag or ""
        if node.is_text_node:
            self._text.append(node.text_content or "")
        elif tag == "br":
            self._text.append(LINE_BREAK)
        elif tag in CELLS:
            self._text.append(CELL_STARTS[min(self._cells, 1)])
            self._cells += 1
        elif self._is_in_cell(tag):
            self._text.append(LINE_BREAK if self._text and self._text[-1] not in CELL_STARTS else "")
        elif BLOCKS.fullmatch(tag):
            yield from self._flush()
            self._open(tag, node)

    def _open(self, tag: str, node: LexborNode) -> None:
        if tag in ("li", "tr"):
            self._tight, self._first = not self._first, False
        if tag in ("ul", "ol", "table"):
            self._first = not self._lists
        if tag in ("ul", "ol"):
            self._lists.append(_first_number(node) if tag == "ol" else None)
        elif tag == "li":
            self._prefix = self._item_prefix()
        elif tag == "tr":
            self._rows, self._cells = self._rows + 1, 0
        elif tag == "pre":
            self._verbatim += 1

    def _leave(self, node: LexborNode) -> Iterator[Block]:
        tag = node.tag or ""
        if self._is_in_cell(tag) or not BLOCKS.fullmatch(tag):
            return
        heading = _HEADING.fullmatch(tag)
        yield from self._flush(int(heading.group(1)) if heading else 0)
        if tag in ("ul", "ol"):
            self._lists.pop()
        elif tag == "li":
            self._prefix = ""
        elif tag == "tr":
            self._rows -= 1
        elif tag == "pre":
            self._verbatim -= 1

    def _is_in_cell(self, tag: str) -> bool:
        """Whether it is a paragraph in a table cell, which is part of its row."""
        return self._rows > 0 and tag in ("p", "div")

    def _item_prefix(self) -> str:
        if not self._lists:
            return "- "
        indent, number = "  " * (min(len(self._lists), MAX_INDENT) - 1), self._lists[-1]
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _flush(self, level: int = 0) -> Iterator[Block]:
        """The block that ends here, unless it is blank."""
        collected = "".join(self._text)
        self._text.clear()
        text = collected.replace(LINE_BREAK, "\n") if self._verbatim else _collapsed(collected)
        if text.strip(" |\n"):
            yield Block(self._prefix + text, level, self._tight)
            self._prefix, self._tight = "", False


def _collapsed(text: str) -> str:
    """The text with white space collapsed as in a browser."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.split(LINE_BREAK))
    return "\n".join(lines).strip()


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDING.search(attributes.get("style") or ""))


def _first_number(node: LexborNode) -> int:
    start = node.attributes.get("start") or ""
    return int(start) if re.fullmatch(r"\d{1,9}", start) else 1
