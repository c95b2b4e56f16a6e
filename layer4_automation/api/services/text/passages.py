"""The passages of a chunk that can be quoted: sentences, table rows, list items, and blocks that a colon announces.

    "Start it with:\n\nmake run\n\nThen open the page."
    -> ["Start it with:\n\nmake run", "Then open the page."]

A title, or a question in the text, repeats the words of the user's question, but the answer stands below it. Such a
passage is marked as a title, and it is the `context` of the next one. The context of a row is the top of its table. A
title that the document marks as one, a row of a header, and an announcement ("… are as follows:") without what it
announces, are labels: they never answer anything.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from api.services.text.above import NOTHING, Above, announces
from api.services.text.column_names import is_period
from api.services.text.records import cells_of, is_group, is_row
from api.services.text.sentences import Sentence, sentences

ANNOUNCED_CHARS = 400
"""A sentence that ends in a colon is one passage with the block below it if the two are no longer than this."""

TITLE_WORDS = 12
_COLONS = (":", "：")

_OPEN_END = re.compile(r"[^.!?:;,。！？…\]]$")
_ITEM_MARK = re.compile(r"[-*+•‣◦▪–—]\s+(?=\S)")
_LISTED = re.compile(r"\s*(?:[-*+•‣◦▪–—]|\(?\d{1,3}[.)])\s+(?=\S)")
_NO_TITLE = re.compile(r"[-*+•‣◦▪–—|$]|.*\d|.*[|=/]")  # items, rows, commands


@dataclass(frozen=True)
class Passage:
    """`text` is the chunk's text at `start:end`. `context` is the passage before it, "" for the first.

    `row`: it is a row of a table, whose context is the caption and the header. `label`: it only names what is below it.
    `item`: it is an item of a list. `listed`: it is a whole list, whose context is its title.
    """

    start: int
    end: int
    text: str
    context: str
    title: bool
    row: bool = False
    label: bool = False
    item: bool = False
    listed: bool = False

    @property
    def embedded(self) -> str:
        """The text that its vector is computed from: cells and items mean little without what names them."""
        return f"{self.context}\n{self.text}" if (self.row or self.listed) and self.context else self.text


def passages_of(text: str, above: Above = NOTHING) -> list[Passage]:
    """The passages of a chunk in reading order. They cover it except for white space and the marks of list items.

    `above`: what stands above the chunk.
    """
    found: list[Passage] = []
    top = above.top
    for begin, end, title in _spans(text, sentences(text)):
        mark = _ITEM_MARK.match(text, begin, end)
        start = mark.end() if mark else begin
        own = text[start:end]
        label = above.names(text[begin:end]) or announces(own)
        row = is_row(own) and not label
        context = top if row else found[-1].text if found else ""
        if is_group(own):
            top = "\n".join(part for part in (above.caption, cells_of(own)[0], above.header) if part)
        item = _LISTED.match(text, begin, end) is not None
        found.append(Passage(start, end, own, context, title, row, label, item))
    return found


def lists_of(text: str, found: Sequence[Passage]) -> Iterator[Passage]:
    """The lists right below a title, as far as they are short enough to be quoted: the title names what they list."""
    for at, title in enumerate(found):
        items = list(takewhile(_is_item, found[at + 1 :])) if title.label or title.title else []
        start = title.end + len(text[title.end :]) - len(text[title.end :].lstrip())
        ends = [item.end for item in items if item.end - start <= ANNOUNCED_CHARS]
        if len(ends) > 1:
            yield Passage(start, ends[-1], text[start : ends[-1]], title.text, title=False, listed=True)


def _is_item(passage: Passage) -> bool:
    return passage.item


def _spans(text: str, parts: Sequence[Sentence]) -> Iterator[tuple[int, int, bool]]:
    first = 0
    while first < len(parts):
        last = _last_announced(text, parts, first)
        yield parts[first].start, parts[last].end, last == first and _is_title(text, parts, first)
        first = last + 1


def _last_announced(text: str, parts: Sequence[Sentence], at: int) -> int:
    """The index of the last sentence of the block that sentence `at` announces; `at` if it announces none."""
    if not parts[at].text.endswith(_COLONS) or is_row(parts[at].text):
        return at
    if any(_is_of_table(following.text) for following in parts[at + 1 : at + 2]):
        return at
    last = min(at + 1, len(parts) - 1)
    while last + 1 < len(parts) and "\n\n" not in text[parts[last].end : parts[last + 1].start]:
        last += 1
    return last if parts[last].end - parts[at].start <= ANNOUNCED_CHARS else at


def _is_of_table(line: str) -> bool:
    """Whether a line is a row, or the dates above the columns of a table; a list may consist of dates, too."""
    return is_row(line) or (is_period(line) and not _LISTED.match(line))


def _is_title(text: str, parts: Sequence[Sentence], at: int) -> bool:
    line = parts[at].text
    if line.endswith(("?", "？")):
        return True
    if at + 1 == len(parts) or _NO_TITLE.match(line) or len(line.split()) > TITLE_WORDS:
        return False
    after = text[parts[at].end : parts[at + 1].start]
    return "\n" in after and bool(_OPEN_END.search(line)) and ("\n\n" in after or _opens_prose(parts[at + 1]))


def _opens_prose(part: Sentence) -> bool:
    """Whether a paragraph begins here, rather than another table row or line of code."""
    return part.text.endswith((".", "!", "?", "。"))
