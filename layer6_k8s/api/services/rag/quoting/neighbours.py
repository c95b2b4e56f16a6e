"""The chunks before and behind that of a quote, as hits: a source lies inside its own chunk."""

from dataclasses import replace

from api.services.documents.store import DocumentReader, StoredChunk
from api.services.parsing.errors import DocumentNotFound
from api.services.retrieval.search import Hit

GAP = 64
"""Characters behind a chunk among which the next one begins: white space."""


def in_chunk(hit: Hit, chunk: StoredChunk) -> Hit:
    """The hit with another chunk of its document."""
    return replace(
        hit,
        chunk_id=chunk.id,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        heading=chunk.heading,
    )


async def next_to(hit: Hit, reader: DocumentReader, *, behind: bool) -> Hit | None:
    """The chunk behind that of the hit, or the one before; None if there is none, or if the document was deleted.

    Raises `StoreUnavailable`.
    """
    try:
        offset = await _behind(hit, reader) if behind else hit.start - 1
        chunk = await reader.chunk_at(hit.document_id, offset) if offset >= 0 else None
    except DocumentNotFound:
        return None
    if chunk is None or chunk.id == hit.chunk_id or (chunk.start > hit.start) != behind:
        return None
    return in_chunk(hit, chunk)


async def _behind(hit: Hit, reader: DocumentReader) -> int:
    """The offset of the first character behind the hit that is no white space; -1 if there is none near it."""
    text = (await reader.text(hit.document_id, hit.end, hit.end + GAP)).text
    return hit.end + len(text) - len(text.lstrip()) if text.strip() else -1
