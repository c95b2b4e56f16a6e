"""The pieces of a chunk that can be quoted: sentences, table rows, list items, and what an announcement
announces.

    "Start it with:\n\nmake run\n\nThen open the page." -> ["Start it with:\n\nmake run", "Then open the
    page."]

A title or a question repeats the words of the question that is asked, but the answer stands below it. Such a
line is marked, and is known to the passage below as `context`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.services.text.sentences import Sentence, sentences

ANNOUNCED_CHARS = 400
"""A sentence that ends in a colon is quoted with the block below it if both are no longer than this."""

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
    """The units of a chunk in reading order. They cover all of it but white space and the marks of list
    items.
    """
    found: list[Passage] = []
    for begin, end, title in _spans(text, sentences(text)):
        mark = _ITEM_MARK.match(text, begin, end)
        start = mark.end() if mark else begin
        found.append(Passage(start, end, text[start:end], found[-1].text if found else "", title))
    return found


def _spans(text: str, parts: Sequence[Sentence]) -> Iterator[tuple[int, int, bool]]:
    at = 0
    while at < len(parts):
        last = _last_announced(text, parts, at)
        yield parts[at].start, parts[last].end, last == at and _is_title(text, parts, at)
        at = last + 1


def _last_announced(text: str, parts: Sequence[Sentence], at: int) -> int:
    """The last part of the block that the sentence at `at` announces; `at` if it announces none."""
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
    """Unlike a row below a row, or a line of code below a line of code."""
    return part.text.endswith((".", "!", "?", "。"))
