"""The lists of a chunk, so that a list can be quoted whole: its items, below the sentence that announces them.

    "The kit has to contain:\n- gloves\n- a blanket"       one passage, with its announcement
    "What to bring\n- keys\n- the form"                   one passage; the title is its context

A list that begins a chunk has the chunk's title as its context: it may be the second part of a long list.
"""

from collections.abc import Iterator, Sequence

from api.services.text.above import COLONS, NOTHING, Above
from api.services.text.passages import Passage

LISTED_CHARS = 1_000
"""Characters of a list that is quoted whole: as many as a chunk may have."""


def lists_of(text: str, found: Sequence[Passage], above: Above = NOTHING) -> Iterator[Passage]:
    """The lists of two items or more among the passages `found` of a chunk, below a title or an announcement."""
    if found and found[0].item and above.titles:
        yield from _list(text, line_start(text, found[0]), found[0].under, items_at(text, found, 0))
    for at, head in enumerate(found):
        announced = head.text.endswith(COLONS) and not head.title
        if not (announced or head.label or head.title):
            continue
        items = items_at(text, found, at + 1)
        if announced:
            yield from _list(text, head.start, head.under, items)
        elif items:
            yield from _list(text, line_start(text, items[0]), head.text, items)


def _list(text: str, start: int, title: str, items: Sequence[Passage]) -> Iterator[Passage]:
    """The list with as many of its items as are short enough to be quoted."""
    ends = [item.end for item in items if item.end - start <= LISTED_CHARS]
    if sum(item.item for item in items[: len(ends)]) > 1:
        yield Passage(start, ends[-1], text[start : ends[-1]], title, title=False, listed=True, under=title)


def items_at(text: str, found: Sequence[Passage], first: int) -> list[Passage]:
    """The items from the passage number `first` on, and the further sentences of each."""
    taken: list[Passage] = []
    for passage in found[first:]:
        if not (passage.item or (taken and _is_of_item(text, taken[-1], passage))):
            break
        taken.append(passage)
    return taken


def _is_of_item(text: str, item: Passage, passage: Passage) -> bool:
    """Whether a passage stands in the same line as the end of an item, or is indented below it."""
    gap = text[item.end : passage.start]
    return "\n" not in gap or ("\n\n" not in gap and gap.endswith((" ", "\t")))


def line_start(text: str, item: Passage) -> int:
    """Where the line of an item begins: its mark is a part of the list."""
    start = text.rfind("\n", 0, item.start) + 1
    return start + len(text[start:]) - len(text[start:].lstrip())
