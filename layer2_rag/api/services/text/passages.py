"""The passages of a chunk that can be quoted: sentences, table rows, list items, and blocks that a colon announces.

    "Start it with:\n\nmake run\n\nThen open the page."
    -> ["Start it with:\n\nmake run", "Then open the page."]

A title, or a question in the text, repeats the words of the user's question, but the answer stands below it. Such a
passage is marked as a title, and it is the `context` of the next one. The context of a row is the top of its table. A
title that the document marks as one, a row of a header, and an announcement ("… are as follows:") without what it
announces, are labels: they never answer anything. So is the number of a page. Lists are put together in `lists.py`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from api.services.text.above import COLONS, JOINT, NOTHING, Above, announces
from api.services.text.column_names import is_period
from api.services.text.records import cells_of, is_group, is_row
from api.services.text.sentences import Sentence, sentences

ANNOUNCED_CHARS = 400
"""A sentence that ends in a colon is one passage with the block below it if the two are no longer than this."""

TITLE_WORDS = 12
ENTRY_CHARS = 120
"""Characters of an entry, a term with a few words about it."""

CACHED_CHUNKS = 512
"""Chunks whose passages are remembered (a few megabytes): one answer asks for those of the same chunk several times."""

_OPEN_END = re.compile(r"[^.!?:;,。！？…\]]$")
_ITEM_MARK = re.compile(r"[-*+•‣◦▪–—]\s+(?=\S)")
LISTED = re.compile(r"[^\S\n]*(?:[-*+•‣◦▪–—]|\(?\d{1,3}[.)])[^\S\n]+(?=\S)")
"""The mark of an item of a list."""
_NO_TITLE = re.compile(r"[-*+•‣◦▪–—|$]|.*\d|.*[|=/]")  # items, rows, commands
_PART_NUMBER = re.compile(r"\b[^\W\d_]{1,6}-?\d[\w-]*\b")
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|seite|página|pagina|sida|side)\s+\d{1,4}(?:\s*(?:of|von|de|di|av|/)\s*\d{1,4})?"
    r"|\d{1,4}\s*(?:of|von|/)\s*\d{1,4})\W*",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"[^:\n]{1,60}:\s+\S[^\n]*")


_UNFINISHED = re.compile(
    r"(?:,|\b(?:a|an|the|of|is|are|was|were|be|been|has|have|had|and|or|to|at|by|from|with|than|every|each|per|least|most"
    r"|first|second|third|last|next|about|between|der|die|das|ein|eine|und|ist|sind|von|mit|zu|le|la|les|un|une|et|de|du"
    r"|des|est|el|los|las|y|del|es))$",
    re.IGNORECASE,
)
"""The end of a line that is no end of a sentence, nor of a title."""


@dataclass(frozen=True)
class Passage:
    """`text` is the chunk's text at `start:end`. `context` is the passage before it, "" for the first.

    `row`: it is a row of a table, whose context is the caption and the header. `label`: it only names what is below it.
    `item`: it is an item of a list. `listed`: it is a whole list, whose context is its title. `under`: the title above
    it.
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
    under: str = ""

    @property
    def embedded(self) -> str:
        """The text that its vector is computed from: cells and items mean little without what names them."""
        return f"{self.context}\n{self.text}" if (self.row or self.listed) and self.context else self.text

    @property
    def value(self) -> str:
        """What an entry says of its term: `1 euro` in "Reminder: 1 euro"; "" if it is none."""
        return self.text.split(":", 1)[1].strip() if not self.row and is_entry(self.text) else ""


def passages_of(text: str, above: Above = NOTHING) -> list[Passage]:
    """The passages of a chunk in reading order. They cover it except for white space and the marks of list items.

    `above`: what stands above the chunk.
    """
    return list(_passages_of(text, above))


@lru_cache(maxsize=CACHED_CHUNKS)
def _passages_of(text: str, above: Above) -> Sequence[Passage]:
    found: list[Passage] = []
    top, under = above.top, above.titles.rpartition(JOINT)[2]
    for begin, end, title in _spans(text, sentences(text)):
        mark = _ITEM_MARK.match(text, begin, end)
        start = mark.end() if mark else begin
        own = text[start:end]
        label = above.names(text[begin:end]) or announces(own) or _PAGE_NUMBER.fullmatch(own) is not None
        row = is_row(own) and not label
        context = top if row else found[-1].text if found else ""
        if is_group(own):
            top = "\n".join(part for part in (above.caption, cells_of(own)[0], above.header) if part)
        item = LISTED.match(text, begin, end) is not None
        found.append(Passage(start, end, own, context, title, row, label, item, under=under))
        if (title or label) and not is_row(own):
            under = own
    return found


def _spans(text: str, parts: Sequence[Sentence]) -> Iterator[tuple[int, int, bool]]:
    first = 0
    while first < len(parts):
        last = _last_announced(text, parts, first)
        yield parts[first].start, parts[last].end, last == first and _is_title(text, parts, first)
        first = last + 1


def _last_announced(text: str, parts: Sequence[Sentence], at: int) -> int:
    """The index of the last sentence of the block that sentence `at` announces; `at` if it announces none."""
    if not parts[at].text.endswith(COLONS) or is_row(parts[at].text):
        return at
    if any(_is_of_table(following.text) for following in parts[at + 1 : at + 2]):
        return at
    last = min(at + 1, len(parts) - 1)
    while last + 1 < len(parts) and _goes_on(text, parts[last], parts[last + 1]):
        last += 1
    return last if parts[last].end - parts[at].start <= ANNOUNCED_CHARS else at


def is_unfinished(line: str) -> bool:
    """Whether a line breaks off: it ends with "the", "is" or a comma."""
    return _UNFINISHED.search(line) is not None


def is_entry(line: str) -> bool:
    """Whether a line is a term with a few words about it: `Reminder: 1 euro`."""
    return len(line) <= ENTRY_CHARS and _ENTRY.fullmatch(line) is not None


def _goes_on(text: str, above: Sentence, below: Sentence) -> bool:
    """Whether what was announced goes on: in the same paragraph, or with a further item of a list."""
    items = LISTED.match(text, above.start) and LISTED.match(text, below.start)
    return items is not None or "\n\n" not in text[above.end : below.start]


def _is_of_table(line: str) -> bool:
    """Whether a line is a row, or the dates above the columns of a table; a list may consist of dates, too."""
    return is_row(line) or (is_period(line) and not LISTED.match(line))


def _is_title(text: str, parts: Sequence[Sentence], at: int) -> bool:
    line = parts[at].text
    if line.endswith(("?", "？")):
        return True
    if at + 1 == len(parts) or _NO_TITLE.match(_PART_NUMBER.sub("A", line)) or len(line.split()) > TITLE_WORDS:
        return False
    if any(is_entry(part.text) for part in (*parts[max(at - 1, 0) : at], parts[at + 1])) and is_entry(line):
        return False
    if is_unfinished(line):
        return False
    after = text[parts[at].end : parts[at + 1].start]
    return "\n" in after and bool(_OPEN_END.search(line)) and ("\n\n" in after or _opens_prose(parts[at + 1]))


def _opens_prose(part: Sentence) -> bool:
    """Whether a paragraph begins here, rather than another table row or line of code."""
    return part.text.endswith((".", "!", "?", "。"))
