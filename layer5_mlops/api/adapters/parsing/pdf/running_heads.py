"""Removes running heads, running feet and page numbers.

They split sentences, make all pages similar to each other in a search, and are not headings of the text below them. The
first occurrence of each is kept as plain text, so that no information is lost; page numbers are removed.
"""

import re
from collections import Counter

from api.adapters.parsing.text_builder import Block

PAGES = 3
"""Least number of pages with the same text at their edge that make it a running head."""
MAX_CHARS = 150

MAX_NUMBERS = 4
"""Numbers in one line that may be the page's: more are a table row or a date with a time."""

_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?!\d)")

_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|p\.|seite|sida|side|sivu|página|pagina|strona)\s*)?#(?:\s*(?:/|of|von|av|de|di|sur|z)\s*\d+)?\W*",
    re.I,
)

Pages = list[list[Block]]
Key = tuple[str, int | None]
"""A text that repeats on the pages; or a text without its number, and the difference of that number to the page's."""


def without_running_heads(pages: Pages) -> Pages:
    """The blocks of the pages without repeated heads, feet and page numbers; first occurrences become plain text."""
    keys = Counter(key for number, page in enumerate(pages) for edge in _edges(page) for key in _keys(edge, number))
    twice = {key for key, count in keys.items() if count == len(pages) == 2}
    numbered = any(map(_is_number, twice))
    running = {key for key, count in keys.items() if count >= PAGES}
    running |= {key for key in twice if numbered and (key[1] is None or _is_number(key))}
    seen: set[Key] = set()
    return [_cleared(page, number, running, seen) for number, page in enumerate(pages)]


def _is_number(key: Key) -> bool:
    """Whether it is nothing but the number of its page, counted from 1: so two pages show that they have heads."""
    around, difference = key
    return difference == 1 and _PAGE_NUMBER.fullmatch(around) is not None


def _edges(page: list[Block]) -> set[Block]:
    return {block for block in (*page[:3], *page[-2:]) if len(block.text) <= MAX_CHARS and not block.row}


def _keys(block: Block, page: int) -> list[Key]:
    """The block's text, and for each of its numbers the text around it: in `Page 2 of 9`, only the first one counts."""
    if block.row:
        return []
    keys: list[Key] = [(block.text, None)]
    numbers = list(_NUMBER.finditer(block.text))
    if len(numbers) <= MAX_NUMBERS:
        for number in numbers:
            around = f"{block.text[: number.start()]}#{block.text[number.end() :]}"
            keys.append((around, int(number.group()) - page))
    return keys


def _cleared(page: list[Block], number: int, running: set[Key], seen: set[Key]) -> list[Block]:
    """The page without the running blocks at both edges; equal blocks further inside, as in tables, are content."""
    begin, end = 0, len(page)
    while begin < min(3, end) and running.intersection(_keys(page[begin], number)):
        begin += 1
    while end > max(begin, len(page) - 2) and running.intersection(_keys(page[end - 1], number)):
        end -= 1
    heads, feet = (
        [_plain(b) for b in part if _is_new(b, number, running, seen)] for part in (page[:begin], page[end:])
    )
    return [*heads, *page[begin:end], *feet]


def _is_new(block: Block, number: int, running: set[Key], seen: set[Key]) -> bool:
    keys = running.intersection(_keys(block, number))
    new = not keys & seen
    seen |= keys
    return new


def _plain(block: Block) -> Block:
    return Block(block.text)
