"""The two halves of a sentence that goes on over the end of a page, with running heads and feet between them.

The cold room is cleaned on the first                    the half that is quoted, without an end
Page 2 of 4                                              a foot, or the next page's head: short, and no sentence
Laboratory handbook
Monday of every month, and on that day …                 the other half
"""

import re
from collections.abc import Sequence

from api.services.retrieval.search import Hit
from api.services.text.passages import LISTED, Passage, is_unfinished, passages_of

EDGE_LINES, EDGE_CHARS = 3, 100
"""Lines of the head or foot of a page that may stand between the halves, and the characters of each."""
LEAST_WORDS = 4
"""Words of the first half."""
PAGES = 2
"""Pages to the other half: a page of pictures may lie between."""

_OPEN_END = re.compile(r"[\w,–—-]$")
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’)\]]*$")


def may_go_on(hit: Hit, end: int) -> bool:
    """Whether the passage that ends at the document's offset `end` is the first half of a sentence."""
    found = passages_of(hit.text, hit.above)
    at = next((at for at, one in enumerate(found) if hit.start + one.end == end), None)
    if hit.page is None or at is None or not _is_open(found[at]):
        return False
    return len(found) - at - 1 <= EDGE_LINES and all(map(is_edge, found[at + 1 :]))


def second_half(hit: Hit, end: int, following: Hit) -> Passage | None:
    """The half that goes on with the sentence that ends at `end`, in the chunk behind its own."""
    if not _is_on_next_page(hit, following):
        return None
    item = any(one.item for one in passages_of(hit.text, hit.above) if hit.start + one.end == end)
    for one in passages_of(following.text, following.above)[: EDGE_LINES + 1]:
        if one.text[0].islower() and not one.row:
            return one
        if not (one.label or is_edge(one)):
            same = hit.above.titles == following.above.titles
            prose = _SENTENCE_END.search(one.text) and not (one.item or one.row or one.title)
            return one if prose and same and not item else None
    return None


def may_be_second(hit: Hit, start: int) -> bool:
    """Whether the passage that begins at the document's offset `start` may be the second half of a sentence."""
    found = passages_of(hit.text, hit.above)
    at = next((at for at, one in enumerate(found) if hit.start + one.start == start), None)
    if hit.page is None or at is None or found[at].row or found[at].item:
        return False
    return at <= EDGE_LINES and all(one.label or is_edge(one) for one in found[:at])


def first_half(hit: Hit, start: int, before: Hit) -> Passage | None:
    """The half that goes before the passage that begins at `start`, in the chunk before its own."""
    if not _is_on_next_page(before, hit):
        return None
    lower = hit.text[start - hit.start].islower()
    for one in reversed(passages_of(before.text, before.above)[-EDGE_LINES - 1 :]):
        if _is_open(one) and (lower or is_unfinished(one.text)):
            return one
        if not is_edge(one):
            return None
    return None


def _is_on_next_page(hit: Hit, following: Hit) -> bool:
    return hit.page is not None and following.page is not None and 0 < following.page - hit.page <= PAGES


def _is_open(passage: Passage) -> bool:
    """Whether a passage lacks its end; an entry, a row and a title end without a mark."""
    complete = passage.row or passage.label or passage.value or passage.title
    return not complete and len(passage.text.split()) >= LEAST_WORDS and _OPEN_END.search(passage.text) is not None


def is_edge(passage: Passage) -> bool:
    """Whether a passage may be a running head or foot."""
    return len(passage.text) <= EDGE_CHARS and not passage.row and not _SENTENCE_END.search(passage.text)


def joined(parts: Sequence[str]) -> str:
    """The parts of a quote as one text: those of a list on lines of their own, the halves of a sentence on one."""
    text = parts[0]
    for part in parts[1:]:
        is_item = LISTED.match(part) is not None
        torn = text.endswith("-") and part[:1].islower()
        text += f"{'' if torn else chr(10) if is_item else ' '}{part}"
    return text
