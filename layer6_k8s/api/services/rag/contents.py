"""What is in a document, in its own words: how it begins, and its headings. No model is needed to say so."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from api.services.documents.store import DocumentReader, StoredChunk
from api.services.parsing.parser import Heading
from api.services.rag.quoting.quoter import Quote
from api.services.retrieval.search import Hit
from api.services.text.sentences import sentences

OPENING_CHARS = 300
"""Characters of the sentences that a document, or a part of it, begins with; the first one may be longer."""
PARTS = 3
"""Parts that are quoted of a document without headings, and documents of several."""
HEADINGS = 8


async def contents(hits: Sequence[Hit], reader: DocumentReader) -> list[Quote]:
    """The openings of the documents that the hits are spread over; of a single one, its headings behind it.

    Raises `StoreUnavailable`.
    """
    first = {hit.document_id: hit for hit in reversed(hits)}
    if len(first) != 1:
        return [opening(hit) for hit in hits if first[hit.document_id] is hit][:PARTS]
    begin = opening(hits[0])
    titles = [title for title in await _headings(hits[0], reader) if title.start >= begin.end]
    return [begin, *titles] if titles else [opening(hit) for hit in hits[:PARTS]]


def opening(hit: Hit) -> Quote:
    """The first sentences of a chunk."""
    ends = [sentence.end for sentence in sentences(hit.text)] or [len(hit.text)]
    end = max((end for end in ends if end <= OPENING_CHARS), default=ends[0])
    return Quote(hit, hit.start, hit.start + end, hit.text[:end], 1.0, 1.0)


async def _headings(hit: Hit, reader: DocumentReader) -> list[Quote]:
    """The headings of the document's outermost level that has several, each in its own chunk."""
    found = (await reader.outline(hit.document_id)).headings
    chosen = _outermost(found)[:HEADINGS]
    holders = await asyncio.gather(*(_holder(hit.document_id, heading, reader) for heading in chosen))
    return [_quote(hit, heading, chunk) for heading, chunk in zip(chosen, holders, strict=True) if chunk]


def _outermost(headings: Sequence[Heading]) -> Sequence[Heading]:
    counts = Counter(heading.level for heading in headings)
    outermost = min((level for level, count in counts.items() if count > 1), default=0)
    return [heading for heading in headings if heading.level == outermost]


async def _holder(document_id: UUID, heading: Heading, reader: DocumentReader) -> StoredChunk | None:
    """The chunk that holds the whole heading."""
    chunk = await reader.chunk_at(document_id, heading.start)
    return chunk if chunk and chunk.end >= heading.end else None


def _quote(hit: Hit, heading: Heading, chunk: StoredChunk) -> Quote:
    holder = replace(
        hit,
        chunk_id=chunk.id,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        heading=chunk.heading,
    )
    text = chunk.text[heading.start - chunk.start : heading.end - chunk.start]
    return Quote(holder, heading.start, heading.end, text, 1.0, 1.0)
