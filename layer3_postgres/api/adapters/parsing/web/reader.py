"""Walks the elements of an HTML page and collects its blocks of text."""

import re
from collections.abc import Iterator
from typing import cast

from selectolax.lexbor import LexborNode

from api.adapters.parsing.links import with_address
from api.adapters.parsing.table_rows import row_texts, table_blocks
from api.adapters.parsing.text_builder import Block
from api.adapters.parsing.web.drawn import words_of
from api.adapters.parsing.web.form_fields import FIELDS, value_of
from api.adapters.parsing.web.lists import OpenLists
from api.adapters.parsing.web.page_parts import is_beside_the_text, is_hidden, is_layout
from api.adapters.parsing.web.roles import tag_of
from api.adapters.parsing.web.tables import OpenTable

UNSEEN = re.compile(
    "script|style|noscript|template|head|svg|math|iframe|object|embed|canvas|audio|video|select|datalist|input"
    "|textarea|button|del|s|strike"
)
"""Elements whose content is not running text. What is struck out does not hold any more."""
BLOCKS = re.compile(
    "address|article|aside|blockquote|body|caption|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer"
    "|form|h[1-6]|header|hr|html|legend|li|main|menu|nav|ol|p|pre|search|section|summary|table|tbody|td|tfoot|th"
    "|thead|tr|ul"
)
"""Elements that begin and end a block."""
TABLE_PARTS = frozenset({"table", "thead", "tr", "td", "th"})
LINE_BREAK = "\v"
"""Represents <br> while text is collected; a vertical tab has no other use in HTML."""
MAX_ALT = 1_000
MAX_RAISED_DEPTH = 5

_HEADING = re.compile(r"h([1-6])")
_SPACES = re.compile(r"\s+")
_RAISED = re.compile(r"[+−-]?\d{1,4}")


class Reader:
    """Walks the tree without recursion, because hostile pages nest deeper than any stack, and collects text blocks.

    `menus`: whether menus and the like are read, too. `has_title`: whether the page has an `<h1>`.
    """

    def __init__(self, menus: bool = False, has_title: bool = False) -> None:
        self._menus = menus
        self._before_title = has_title
        self._text: list[str] = []
        self._lists = OpenLists()
        self._tables: list[OpenTable | None] = []  # None for a table that only arranges the page
        self._links: list[tuple[list[str], int]] = []  # where the text of each open link begins
        self._term, self._term_used = "", False  # of a list of definitions
        self._verbatim = 0
        self._prefix = ""
        self._tight = False
        self._first = True  # the next item is the first of its list

    def read(self, body: LexborNode) -> Iterator[Block]:
        """The blocks of an element, in order."""
        node, entering = body, True
        while True:
            if entering and self._skips(node):
                yield from self._pass_by(node)
            elif entering:
                yield from self._enter(node)
                if node.child is not None:
                    node = node.child
                    continue
                yield from self._leave(node)
            else:
                yield from self._leave(node)
            if node.mem_id == body.mem_id:
                return
            following = node.next
            node, entering = (following, True) if following is not None else (cast(LexborNode, node.parent), False)

    def _skips(self, node: LexborNode) -> bool:
        if not node.is_element_node:
            return False
        if UNSEEN.fullmatch(node.tag or "") or is_hidden(node):
            return True
        before_title = self._before_title and not self._lists
        return not self._menus and is_beside_the_text(node, node.attributes, before_title)

    def _pass_by(self, node: LexborNode) -> Iterator[Block]:
        if node.tag in FIELDS and not is_hidden(node):
            self._text.append(value_of(node))
        elif node.tag in ("math", "svg") and not is_hidden(node):
            self._text.append(words_of(node))
        elif BLOCKS.fullmatch(node.tag or ""):
            yield from self._break()

    def _enter(self, node: LexborNode) -> Iterator[Block]:
        tag = self._tag(node)
        if node.is_text_node:
            self._text.append(node.text_content or "")
        elif tag == "br":
            self._text.append(LINE_BREAK)
        elif tag == "img":
            self._text.append(f" {(node.attributes.get('alt') or '')[:MAX_ALT]} ")
        elif tag == "a":
            self._text += "^" if _is_note_reference(node) and self._is_raised(node) else ""
            self._links.append((self._text, len(self._text)))
        elif tag == "sup":
            self._text += "^" if self._is_raised(node) else ""
        elif BLOCKS.fullmatch(tag):
            yield from self._break()
            self._open(tag, node)

    def _open(self, tag: str, node: LexborNode) -> None:
        if tag in TABLE_PARTS:
            self._open_table_part(tag, node)
        elif tag == "li":
            self._tight, self._first = not self._first, False
            self._prefix = self._lists.prefix(node)
        elif tag in ("ul", "ol"):
            self._first = not self._lists
            self._lists.open(tag, node)
        elif tag == "pre":
            self._verbatim += 1
        elif tag == "h1":
            self._before_title = False
        elif tag in ("dt", "dl") and self._term_used:
            self._term, self._term_used = "", False
        elif tag == "dd" and self._term:
            self._prefix, self._term_used = f"{self._term}: ", True

    def _open_table_part(self, tag: str, node: LexborNode) -> None:
        table = self._tables[-1] if self._tables else None
        if tag == "table":
            self._tables.append(
                None if node.tag == "table" and is_layout(node, node.attributes) else OpenTable(node.tag != "table")
            )
        elif table and tag == "thead":
            table.in_head = True
        elif table and tag == "tr":
            table.open_row()
        elif table:
            table.open_cell(tag, node.attributes)
            table.outer.append(self._text)
            self._text = []

    def _leave(self, node: LexborNode) -> Iterator[Block]:
        tag = self._tag(node)
        if tag == "a" and self._links:
            self._add_address(node.attributes.get("href") or "")
        elif tag in TABLE_PARTS:
            yield from self._leave_table_part(tag)
        elif tag == "dt" and not self._in_cell():
            self._term = ", ".join(filter(None, (self._term, _collapsed("".join(self._text)).rstrip(":"))))
            self._text.clear()
        elif BLOCKS.fullmatch(tag):
            heading = _HEADING.fullmatch(tag)
            yield from self._break(int(heading.group(1)) if heading else 0)
            yield from self._close(tag)

    def _close(self, tag: str) -> Iterator[Block]:
        if tag in ("ul", "ol"):
            self._lists.close()
        elif tag in ("li", "dd"):
            self._prefix = ""
        elif tag == "pre":
            self._verbatim -= 1
        elif tag == "dl":
            if self._term and not self._term_used:
                yield Block(self._term)
            self._term = ""

    def _leave_table_part(self, tag: str) -> Iterator[Block]:
        table = self._tables[-1] if self._tables else None
        if table is None:
            yield from self._break()
            if tag == "table" and self._tables:
                self._tables.pop()
        elif tag == "thead":
            table.in_head = False
        elif tag in ("td", "th"):
            table.close_cell(_collapsed("".join(self._text)))
            self._text = table.outer.pop()
        elif tag == "table":
            table.close_row()
            self._tables.pop()
            yield from self._rows(table)

    def _rows(self, table: OpenTable) -> Iterator[Block]:
        """The rows of a table that ends; inside a cell they become part of that cell."""
        around = next((outer for outer in reversed(self._tables) if outer), None)
        if around and around.in_cell:
            around.add_inner(row_texts(table.rows))
        else:
            yield from table_blocks(table.rows)

    def _add_address(self, address: str) -> None:
        text, start = self._links.pop()
        if text is self._text and start < len(text):
            text[start:] = [with_address("".join(text[start:]), address)]

    def _is_raised(self, node: LexborNode) -> bool:
        """Whether `<sup>` is a number behind a word; `[1]` needs no sign."""
        before = next((text for text in reversed(self._text) if text), " ")
        inner, depth = node.child, 0
        while inner is not None and inner.is_element_node and depth < MAX_RAISED_DEPTH:
            inner, depth = inner.child, depth + 1
        text = inner.text_content if inner is not None and inner.is_text_node else None
        return not before[-1].isspace() and bool(_RAISED.fullmatch((text or "").strip()))

    def _in_cell(self) -> bool:
        return any(table and table.in_cell for table in self._tables)

    def _tag(self, node: LexborNode) -> str:
        table = self._tables[-1] if self._tables else None
        return tag_of(node, in_table=table is not None and table.by_role)

    def _break(self, level: int = 0) -> Iterator[Block]:
        """The block that ends here, unless it is blank; in a cell, only a space."""
        if self._in_cell():
            self._text.append(LINE_BREAK)
            return
        collected = "".join(self._text)
        self._text.clear()
        text = collected.replace(LINE_BREAK, "\n") if self._verbatim else _collapsed(collected)
        if text.strip():
            yield Block(self._prefix + text, level, self._tight)
            self._prefix, self._tight = "", False


def _is_note_reference(node: LexborNode) -> bool:
    """Whether a link is the raised number of a note, as books mark it."""
    return "noteref" in f"{node.attributes.get('epub:type')} {node.attributes.get('role')}"


def _collapsed(text: str) -> str:
    """The text with white space collapsed as in a browser."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.split(LINE_BREAK))
    return "\n".join(lines).strip()
