"""What the library holds, and the ports to where it is held."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.errors import MyStackError
from api.services.chunking.chunks import Chunk
from api.services.text.bm25 import SparseVector

MetadataValue = str | int | float | bool


class StoreUnavailable(MyStackError):
    """A store that the documents live in cannot be reached. GET /health says which."""

    status = 503
    code = "store_unavailable"
    retry_after = 5


@dataclass(frozen=True)
class Document:
    """A document that can be found and quoted. `sha256` is of the uploaded bytes; `chunks` is their number."""

    id: UUID
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    pages: int | None
    chunks: int
    created_at: datetime
    metadata: Mapping[str, MetadataValue]
    status: str = "ready"


@dataclass(frozen=True)
class StoredChunk:
    """A chunk as it is stored: `text` equals the document's text at `start..end` (characters, end exclusive)."""

    id: UUID
    document_id: UUID
    index: int
    page: int | None
    start: int
    end: int
    text: str
    heading: str


def embedded_text(chunk: Chunk | StoredChunk) -> str:
    """What the vectors of a chunk are made from."""
    return f"{chunk.heading}\n{chunk.text}" if chunk.heading else chunk.text


@dataclass(frozen=True)
class NewDocument:
    """A document about to be published: its whole text, its chunks, and a vector of each kind per chunk.

    `dense` has shape (len(chunks), dimension).
    """

    document: Document
    text: str
    chunks: Sequence[StoredChunk]
    dense: NDArray[np.float32]
    sparse: Sequence[SparseVector]


@dataclass(frozen=True)
class Position:
    """A place in a list that is ordered by a time and an id, newest first."""

    time: datetime
    id: UUID


class DocumentStore(Protocol):
    """Where documents live. What is not published cannot be found, and what is removed cannot be found any more."""

    async def publish(self, draft: NewDocument, replaces: UUID | None) -> Document:
        """Make a document visible, and in the same instant the one it replaces invisible.

        Answers with the document that has these bytes: the draft's, or one that was there already.
        Raises `DocumentNotFound` when there is none to replace.
        """
        ...

    async def remove(self, document_id: UUID) -> None:
        """Raises `DocumentNotFound`."""
        ...


class DocumentReader(Protocol):
    """What can be read of the documents that are visible."""

    async def documents(self, limit: int, after: Position | None, filename: str | None) -> list[Document]:
        """The newest first, by `created_at`."""
        ...

    async def document(self, *, id: UUID | None = None, sha256: str | None = None) -> Document | None: ...

    async def visible(self, document_ids: Collection[UUID]) -> Mapping[UUID, Document]:
        """Those of the documents that are visible now, by id, in one query."""
        ...

    async def chunks(self, document_id: UUID, after: int, limit: int) -> list[StoredChunk]: ...

    async def text(self, document_id: UUID) -> str: ...
