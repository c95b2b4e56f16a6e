"""What a quote lacks: the other half of its sentence, or the rest of its list, which are in the chunks beside its own.

A part that was added is a quote of its own, because a source lies inside its chunk and on its page. The parts are shown
as one quotation with several markers.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from api.services.documents.store import DocumentReader
from api.services.rag.quoting.halves import EDGE_LINES, first_half, is_edge, may_be_second, may_go_on, second_half
from api.services.rag.quoting.neighbours import next_to
from api.services.rag.quoting.quoter import Quote
from api.services.retrieval.search import Hit
from api.services.text.lists import items_at, line_start, lists_of
from api.services.text.passages import LISTED, Passage, passages_of

PARTS = 4
"""Chunks that a list is gathered from, at most."""

_MARKS = re.compile(f"^{LISTED.pattern}", re.MULTILINE)
_NUMBER = re.compile(r"\s*\(?(\d{1,3})[.)]\s")


async def completed(quotes: Sequence[Quote], reader: DocumentReader) -> list[list[Quote]]:
    """The parts of each quote, in reading order; a quote that is a part of an earlier one is left out.

    Raises `StoreUnavailable`.
    """
    found: list[list[Quote]] = []
    for quote in quotes:
        if not any(_overlap(quote, part) for parts in found for part in parts):
            found.append(await (_list_parts if is_list(quote.text) else _sentence_parts)(quote, reader))
    return found


def is_list(text: str) -> bool:
    """Whether a text has two items of a list or more."""
    return len(_MARKS.findall(text)) > 1


def _overlap(one: Quote, other: Quote) -> bool:
    same = one.hit.document_id == other.hit.document_id
    return same and one.start < other.end and other.start < one.end


async def _sentence_parts(quote: Quote, reader: DocumentReader) -> list[Quote]:
    parts = [quote]
    if may_be_second(quote.hit, quote.start):
        before = await next_to(quote.hit, reader, behind=False)
        half = first_half(quote.hit, quote.start, before) if before else None
        parts = [_part(quote, before, half), *parts] if before and half else parts
    if may_go_on(quote.hit, quote.end):
        behind = await next_to(quote.hit, reader, behind=True)
        half = second_half(quote.hit, quote.end, behind) if behind else None
        parts = [*parts, _part(quote, behind, half)] if behind and half else parts
    return parts


def _part(quote: Quote, hit: Hit, passage: Passage) -> Quote:
    start, end = hit.start + passage.start, hit.start + passage.end
    return replace(quote, hit=hit, start=start, end=end, text=passage.text)


async def _list_parts(quote: Quote, reader: DocumentReader) -> list[Quote]:
    parts = [quote]
    while len(parts) < PARTS and (part := await _items_before(parts[0], reader)):
        parts.insert(0, part)
    while len(parts) < PARTS and (part := await _items_behind(parts[-1], reader)):
        parts.append(part)
    return parts


async def _items_behind(quote: Quote, reader: DocumentReader) -> Quote | None:
    """The items with which the next chunk begins, if the list ends its own chunk."""
    if not _are_edges([one for one in _passages(quote.hit) if quote.hit.start + one.start >= quote.end]):
        return None
    hit = await next_to(quote.hit, reader, behind=True)
    found = _passages(hit) if hit else []
    first = next((at for at, one in enumerate(found) if one.item), None)
    if hit is None or first is None or not _are_edges(found[:first]):
        return None
    items = items_at(hit.text, found, first)
    start, end = line_start(hit.text, items[0]), items[-1].end
    if not _follows(quote.text, hit.text[start:end], _is_one_section(quote.hit, hit, found[:first])):
        return None
    return replace(quote, hit=hit, start=hit.start + start, end=hit.start + end, text=hit.text[start:end])


async def _items_before(quote: Quote, reader: DocumentReader) -> Quote | None:
    """The list with which the chunk before ends, if the quoted one begins its own chunk."""
    above = [one for one in _passages(quote.hit) if quote.hit.start + one.end <= quote.start]
    if not _MARKS.match(quote.text) or not _are_edges(above):
        return None
    hit = await next_to(quote.hit, reader, behind=False)
    if hit is None:
        return None
    found = _passages(hit)
    for one in lists_of(hit.text, found, hit.above):
        below = [other for other in found if other.start >= one.end]
        if _are_edges(below) and _follows(one.text, quote.text, _is_one_section(hit, quote.hit, above)):
            return _part(quote, hit, one)
    return None


def _passages(hit: Hit) -> list[Passage]:
    return passages_of(hit.text, hit.above)


def _are_edges(found: Sequence[Passage]) -> bool:
    """Whether the passages may all be the head or foot of a page, or titles."""
    return len(found) <= EDGE_LINES and all(not one.item and (one.label or is_edge(one)) for one in found)


def _is_one_section(above: Hit, below: Hit, between: Sequence[Passage]) -> bool:
    return above.above.titles == below.above.titles and not any(one.label or one.title for one in between)


def _follows(above: str, below: str, one_section: bool) -> bool:
    """Whether the items go on with a list: by their numbers, or in one section by their marks."""
    last, first = _MARKS.findall(above), _MARKS.match(below)
    if not last or not first:
        return False
    number, following = _NUMBER.match(last[-1]), _NUMBER.match(first.group())
    if number and following:
        return int(following[1]) == int(number[1]) + 1
    return one_section and not number and last[-1].strip() == first.group().strip()
