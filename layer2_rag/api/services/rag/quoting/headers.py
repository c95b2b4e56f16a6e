"""The header of a quoted row: where it stands in the document, so that it can be cited beside the row."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from api.services.documents.store import DocumentReader
from api.services.parsing.errors import DocumentNotFound
from api.services.rag.quoting.neighbours import in_chunk
from api.services.rag.quoting.quoter import Quote
from api.services.text.records import is_row

NEAR = 100_000
"""Characters above a row in which its header is looked for first; then in all that is above it."""


async def headers_of(quotes: Sequence[Quote], reader: DocumentReader) -> list[Quote | None]:
    """For each quote the header of its table; None if it is no row, or its table has no header.

    Raises `StoreUnavailable`.
    """
    found: dict[tuple[object, str], Quote | None] = {}
    for quote in quotes:
        key = quote.hit.document_id, quote.hit.above.header
        if is_row(quote.text) and key not in found:
            found[key] = await _header(quote, reader)
    return [
        found.get((quote.hit.document_id, quote.hit.above.header)) if is_row(quote.text) else None for quote in quotes
    ]


async def _header(quote: Quote, reader: DocumentReader) -> Quote | None:
    """The header nearest above the row, in its own chunk: a source lies inside its chunk."""
    hit, header = quote.hit, quote.hit.above.header
    if not header:
        return None
    within = hit.text.rfind(header, 0, quote.start - hit.start)
    if within >= 0:
        start = hit.start + within
        return replace(quote, start=start, end=start + len(header), text=header)
    try:
        start = await _above(hit.document_id, hit.start, header, reader)
        chunk = await reader.chunk_at(hit.document_id, start) if start >= 0 else None
    except DocumentNotFound:  # deleted since it was found
        return None
    if chunk is None or chunk.end < start + len(header):
        return None
    holder = in_chunk(hit, chunk)
    return replace(quote, hit=holder, start=start, end=start + len(header), text=header)


async def _above(document_id: UUID, end: int, header: str, reader: DocumentReader) -> int:
    """The offset of the header nearest above `end`; -1 if there is none."""
    for begin in dict.fromkeys((max(end - NEAR, 0), 0)):
        text = (await reader.text(document_id, begin, end)).text
        if (at := text.rfind(header)) >= 0:
            return begin + at
    return -1
