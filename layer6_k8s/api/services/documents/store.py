"""Documents and their parts, and the ports to the store that holds them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.errors import MyStackError
from api.services.chunking.chunks import Chunk
from api.services.documents.outline import NO_OUTLINE, Outline
from api.services.parsing.parser import PARSER_VERSION
from api.services.text.above import above
from api.services.text.bm25 import SparseVector

MetadataValue = str | int | float | bool
DocumentStatus = Literal[
    "ready",
    "queued",
    "processing",
    "failed",
]
"""`ready`: the document can be found and quoted. The others have a job that reads it, will, or could not."""


class StoreUnavailable(MyStackError):
    """A document store cannot be reached. GET /health says which."""

    status = 503
    code = "store_unavailable"
    retry_after = 5


@dataclass(frozen=True)
class Document:
    """A document. `sha256`: of the uploaded bytes. `chunks`: their number. `pages`: None if the format has none."""

    id: UUID
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    pages: int | None
    chunks: int
    created_at: datetime
    metadata: Mapping[str, MetadataValue]
    warnings: Sequence[str] = ()
    """What was left out or may be wrong, each a sentence."""
    parser: int = PARSER_VERSION
    """The `PARSER_VERSION` that read it."""
    status: DocumentStatus = "ready"
    error: str | None = None
    """Why it failed."""
    job_id: UUID | None = None
    """The job of a document that is not ready."""

    @property
    def outdated(self) -> bool:
        """Whether an earlier parser read it, so that reading it again may find more."""
        return self.parser < PARSER_VERSION


@dataclass(frozen=True)
class StoredChunk:
    """A stored chunk: `text` equals the document's text at `start:end` (characters, end exclusive).

    `heading`: what stands above it, see `services/text/above.py`.
    """

    id: UUID
    document_id: UUID
    index: int
    page: int | None
    start: int
    end: int
    text: str
    heading: str


def embedded_text(chunk: Chunk | StoredChunk) -> str:
    """The text that the vectors of a chunk are computed from: what stands above it, and its own text."""
    return above(chunk.heading).embedded(chunk.text)


@dataclass(frozen=True)
class NewDocument:
    """A document about to be published: its whole text, its chunks, a dense and a sparse vector per chunk.

    `dense` has shape (len(chunks), dimension). `outline`: the headings and tables of the text.
    """

    document: Document
    text: str
    chunks: Sequence[StoredChunk]
    dense: NDArray[np.float32]
    sparse: Sequence[SparseVector]
    outline: Outline = NO_OUTLINE


@dataclass(frozen=True)
class Position:
    """A position in a list that is ordered by time and id, newest first."""

    time: datetime
    id: UUID


@dataclass(frozen=True)
class TextSlice:
    """A part of a document's text that begins at character `start`. `length`: characters of the whole text."""

    start: int
    text: str
    length: int

    @property
    def end(self) -> int:
        """The character after the last."""
        return self.start + len(self.text)


class DocumentStore(Protocol):
    """Writes documents. All methods raise `StoreUnavailable`."""

    async def publish(self, new: NewDocument, replaces: UUID | None) -> Document:
        """Make a document visible, and at the same instant the one that it replaces invisible.

        Returns the document that has these bytes: the new one, or one that was stored already.
        Raises `DocumentNotFound` when there is none to replace.
        """
        ...

    async def remove(self, document_id: UUID) -> None:
        """Make a document invisible and delete it. Raises `DocumentNotFound`."""
        ...


class DocumentReader(Protocol):
    """Reads visible documents: published and not removed. All methods raise `StoreUnavailable`."""

    async def documents(self, limit: int, after: Position | None, filename: str | None) -> list[Document]:
        """Newest first, by `created_at`. `filename`: a part of the name, in upper or lower case."""
        ...

    async def document(self, *, id: UUID | None = None, sha256: str | None = None) -> Document | None: ...

    async def visible(self, document_ids: Collection[UUID]) -> Mapping[UUID, Document]:
        """Those of the documents that are visible now, by id, in one query."""
        ...

    async def chunks(self, document_id: UUID, after: int, limit: int) -> list[StoredChunk]:
        """The chunks whose index is greater than `after`, in order."""
        ...

    async def chunk_at(self, document_id: UUID, offset: int) -> StoredChunk | None:
        """The last chunk that begins at or before character `offset` of the text."""
        ...

    async def text(self, document_id: UUID, start: int = 0, end: int | None = None) -> TextSlice:
        """Characters `start:end` of the text; `text` is empty beyond its end. Raises `DocumentNotFound`.

        `0 <= start <= end`. The store cuts the slice, so that a long text is not transferred for one quote.
        """
        ...

    async def outline(self, document_id: UUID) -> Outline:
        """The headings and tables of its text; empty if it is not stored."""
        ...
