"""The passages of a chunk that can be quoted: sentences, table rows, list items, and blocks that a colon announces.

    "Start it with:\n\nmake run\n\nThen open the page."
    -> ["Start it with:\n\nmake run", "Then open the page."]

A title, or a question in the text, repeats the words of the user's question, but the answer stands below it. Such a
passage is marked as a title, and it is the `context` of the next one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.services.text.sentences import Sentence, sentences

ANNOUNCED_CHARS = 400
"""A sentence that ends in a colon is one passage with the block below it if the two are no longer than this."""

TITLE_WORDS = 12

_OPEN_END = re.compile(r"[^.!?:;,。！？…\]]$")
_ITEM_MARK = re.compile(r"[-*+•‣◦▪–—]\s+(?=\S)")
_NO_TITLE = re.compile(r"[-*+•‣◦▪–—|$]|.*\d|.*[|=/]")  # items, rows, commands


@dataclass(frozen=True)
class Passage:
    """`text` is the chunk's text at `start:end`. `context` is the passage before it, "" for the first."""

    start: int
    end: int
    text: str
    context: str
    title: bool


def passages_of(text: str) -> list[Passage]:
    """The passages of a chunk in reading order. They cover it except for white space and the marks of list items."""
    found: list[Passage] = []
    for begin, end, title in _spans(text, sentences(text)):
        mark = _ITEM_MARK.match(text, begin, end)
        start = mark.end() if mark else begin
        found.append(Passage(start, end, text[start:end], found[-1].text if found else "", title))
    return found


def _spans(text: str, parts: Sequence[Sentence]) -> Iterator[tuple[int, int, bool]]:
    first = 0
    while first < len(parts):
        last = _last_announced(text, parts, first)
        yield parts[first].start, parts[last].end, last == first and _is_title(text, parts, first)
        first = last + 1


def _last_announced(text: str, parts: Sequence[Sentence], at: int) -> int:
    """The index of the last sentence of the block that sentence `at` announces; `at` if it announces none."""
    if not parts[at].text.endswith((":", "：")):
        return at
    last = min(at + 1, len(parts) - 1)
    while last + 1 < len(parts) and "\n\n" not in text[parts[last].end : parts[last + 1].start]:
        last += 1
    return last if parts[last].end - parts[at].start <= ANNOUNCED_CHARS else at


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
