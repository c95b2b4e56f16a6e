"""Reads Markdown as its rendered text.

The stored text has no markup: a citation should quote `Install Docker first`, not `Install **Docker** first`, and the
embedder should read words. A link's address stands in brackets behind its text. Code, lists and tables keep their form.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from api.adapters.parsing.links import with_address
from api.adapters.parsing.records.table import one_line
from api.adapters.parsing.text.decoding import decode
from api.adapters.parsing.text_builder import STRUCK_OUT, Block, DocumentText, Row
from api.adapters.parsing.web.html import html_blocks
from api.services.parsing.parser import MARKDOWN, ParsedDocument, ParseLimits

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<fields>(?:[^\n]*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_DELIMITER = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_CODE, _BARE_BAR = re.compile(r"(?<!`)(`+)(?!`)[^`]+(?<!`)\1(?!`)"), re.compile(r"(?<!\\)\|")
_START = Token("document_open", "", 1)
_RAISED_TAG, _RAISED = re.compile("<sup>", re.IGNORECASE), re.compile(r"[+−-]?\d{1,4}")
_LINE_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)


def parse_markdown(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """CommonMark with tables and strikethrough. Headings keep their level."""
    source = decode(data).replace("\r\n", "\n")
    text = DocumentText(limits)
    front = _FRONT_MATTER.match(source)
    if front:
        text.add(Block(front["fields"]))
        source = source[front.end() :]
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = markdown.parse(_with_bars_in_code(source))
    for block in _blocks([_START, *tokens]):
        text.add(block)
    if any(child.type == "s_open" for token in tokens for child in token.children or ()):
        text.warn(STRUCK_OUT)
    return text.parsed(MARKDOWN)


def _with_bars_in_code(source: str) -> str:
    """Bars inside code in the rows of a table are escaped: they would end the cell, and what follows would be lost."""
    lines, in_table, fence = source.split("\n"), False, ""
    for number, line in enumerate(lines):
        opened = _FENCE.match(line)
        if opened and (not fence or opened[1].startswith(fence)):
            fence = "" if fence else opened[1]
        below = lines[number + 1] if number + 1 < len(lines) else ""
        in_table = not fence and "|" in line and (in_table or _DELIMITER.fullmatch(below) is not None)
        if in_table and "`" in line:
            lines[number] = _CODE.sub(lambda code: _BARE_BAR.sub(r"\\|", code[0]), line)
    return "\n".join(lines)


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    lists, row = _Lists(), list[str]()
    for before, token in pairwise(tokens):
        match token.type:
            case "inline" if before.type in ("th_open", "td_open"):
                row.append(one_line(_inline(token)))
            case "inline" if before.type == "heading_open":
                yield Block(_inline(token), level=int(before.tag[1]))
            case "inline":
                yield lists.item(_inline(token), tight=before.hidden)
            case "tr_close":
                body = before.type == "td_close"
                yield Block(" | ".join(row), tight=body, row=Row.BODY if body else Row.HEADER)
                row.clear()
            case "fence" | "code_block":
                yield lists.item(token.content)
            case "html_block":
                yield from html_blocks(token.content)
            case _:
                lists.update(token)


class _Lists:
    """Prefixes the first block of a list item with `- ` or `3. `, indented by the depth of the list."""

    def __init__(self) -> None:
        self._counters: list[int | None] = []
        self._prefix = ""

    def update(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._counters.append(None)
            case "ordered_list_open":
                self._counters.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._counters.pop()
            case "list_item_open":
                self._prefix = self._next_prefix()

    def item(self, text: str, tight: bool = False) -> Block:
        prefix, self._prefix = self._prefix, ""
        return Block(prefix + text, tight=tight)

    def _next_prefix(self) -> str:
        number = self._counters[-1]
        indent = "  " * (len(self._counters) - 1)
        if number is None:
            return f"{indent}- "
        self._counters[-1] = number + 1
        return f"{indent}{number}. "


def _inline(token: Token) -> str:
    texts, links, struck = list[str](), list[tuple[str, int]](), 0
    for before, child in pairwise([_START, *(token.children or ())]):
        if child.type == "s_open":
            struck = len(texts)
        elif child.type == "s_close":
            del texts[struck:]
            texts[-1:] = [text.rstrip() for text in texts[-1:]]
        elif child.type == "link_open":
            links.append((str(child.attrGet("href") or ""), len(texts)))
        elif child.type == "link_close":
            address, start = links.pop()
            texts[start:] = [with_address("".join(texts[start:]), address)]
        else:
            raised = _RAISED_TAG.fullmatch(before.content) and _RAISED.fullmatch(child.content)
            texts.append(f"^{child.content}" if raised else _visible(child))
    return "".join(texts)


def _visible(token: Token) -> str:
    match token.type:
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "image":
            return _inline(token)
        case "html_inline":
            return "\n" if _LINE_BREAK_TAG.fullmatch(token.content) else ""
        case _:
            return token.content
