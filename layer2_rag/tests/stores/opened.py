"""Both stores and the document store over them, opened by the wiring, with a small embedding model."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from api.adapters.mongo.document_reader import MongoDocumentReader
from api.adapters.mongo.records import MongoRecords
from api.adapters.qdrant.engine import QdrantEngine
from api.adapters.qdrant.vectors import QdrantVectors
from api.capabilities.two_stores import open_stores
from api.config import Settings
from api.services.documents.store import Document
from api.services.retrieval.search import Hit
from api.services.two_stores.consistency import Consistency
from api.services.two_stores.document_store import TwoStores
from tests.stores.drafts import ENCODER, draft, query, space
from tests.stores.faults import Faults


class DirectEmbedder:
    """The small model without threads."""

    async def embed_documents(self, texts: Sequence[str]) -> Any:
        return ENCODER.encode(texts)

    async def embed_query(self, text: str) -> Any:
        return ENCODER.encode([text])[0]


@dataclass
class Opened:
    """The open stores, and shorthands for tests."""

    records: MongoRecords
    reader: MongoDocumentReader
    vectors: QdrantVectors
    store: TwoStores

    @property
    def index(self) -> TwoStores:
        return self.store

    async def publish(self, text: str, replaces: UUID | None = None, **more: Any) -> Document:
        return await self.store.publish(draft(text, **more), replaces)

    async def found(self, question: str, **more: Any) -> list[Hit]:
        return await self.index.search(query(question, **more))

    async def texts_found(self, question: str, **more: Any) -> set[str]:
        return {hit.text for hit in await self.found(question, **more)}

    async def left_of(self, document_id: UUID) -> tuple[int, int]:
        """Numbers of stored chunks (−1 without even a text) and vectors of a document."""
        chunks, vectors = await self.reader.chunk_counts(), await self.vectors.vector_counts()
        return chunks.get(document_id, -1), vectors.get(document_id, 0)

    async def documents_on_disk(self) -> set[UUID]:
        """The documents of which anything is stored."""
        return {*await self.reader.chunk_counts(), *await self.vectors.vector_counts()}

    async def clean_up(self) -> None:
        """Process the outbox; the stores agree afterwards."""
        await self.store.process_outbox(timedelta(0))
        assert await self.records.notes(timedelta(0)) == {}
        report = await self.consistency().check()
        assert (report.consistent, report.unfinished_writes) == (True, 0)

    def consistency(self, grace: timedelta = timedelta(0)) -> Consistency:
        return Consistency(
            reader=self.reader,
            records=self.records,
            vectors=self.vectors,
            store=self.store,
            audit=self.reader,
            embedder=DirectEmbedder(),
            grace=grace,
        )


class FaultyPort:
    """A port whose calls may fail."""

    def __init__(self, port: Any, faults: Faults) -> None:
        self._port = port
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return lambda *arguments: self._faults.call(lambda: method(*arguments))


@asynccontextmanager
async def opened(
    where: Mapping[str, Any], *, faults: Faults | None = None, query_api: bool = False
) -> AsyncIterator[Opened]:
    """`where`: settings from the fixture `stores`. `faults` counts the calls of all ports of the store together.

    `query_api`: use the Query API also for the local mode, as for a server.
    """
    async with open_stores(Settings(_env_file=None, **where), space) as stores:
        vectors = stores.vectors
        if query_api:
            vectors = QdrantVectors(QdrantEngine(stores.qdrant), space, vectors.pool)
        ports: dict[str, Any] = {
            "records": stores.records,
            "reader": stores.reader,
            "outbox": stores.records,
            "vectors": vectors,
        }
        if faults:
            ports = {name: FaultyPort(port, faults) for name, port in ports.items()}
        async with TwoStores(**ports) as store:
            yield Opened(stores.records, stores.reader, vectors, store)
