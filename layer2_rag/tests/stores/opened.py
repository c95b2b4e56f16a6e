"""Both stores and the library over them, opened as the wiring does, with a small embedding model."""

from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorClient

from api.adapters.mongo.document_reader import MongoDocumentReader
from api.adapters.mongo.records import MongoRecords
from api.adapters.mongo.rows import Row
from api.adapters.qdrant.engine import QdrantEngine, connect
from api.adapters.qdrant.local import LocalQdrantEngine, open_folder
from api.adapters.qdrant.vectors import QdrantVectors
from api.services.documents.store import Document
from api.services.retrieval.search import Hit
from api.services.two_stores.consistency import Consistency
from api.services.two_stores.document_store import TwoStores
from tests.stores.drafts import ENCODER, draft, query, space
from tests.stores.faults import Faults


class DirectEmbedder:
    """The small model without its thread."""

    async def embed_documents(self, texts: Sequence[str]) -> Any:
        return ENCODER.encode(texts)

    async def embed_query(self, text: str) -> Any:
        return ENCODER.encode([text])[0]


@dataclass
class Opened:
    """The stores, what is built on them, and shorthands for what the tests do and see."""

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
        """What the disks hold of a document: chunks (−1 when not even a text), vectors."""
        chunks, vectors = await self.reader.chunk_counts(), await self.vectors.vector_counts()
        return chunks.get(document_id, -1), vectors.get(document_id, 0)

    async def documents_on_disk(self) -> set[UUID]:
        """Those that the disks hold anything of."""
        return {*await self.reader.chunk_counts(), *await self.vectors.vector_counts()}

    async def settle(self) -> None:
        """Finish what was left unfinished; then nothing is wrong."""
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
    """A port whose calls may go wrong."""

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
    """`where` as the fixture `stores` gives it; `faults` come over all ports of the library together.

    `query_api`: send the local mode, too, what a server is sent.
    """
    mongo: AsyncIOMotorClient[Row] = AsyncIOMotorClient(where["mongodb_url"], serverSelectionTimeoutMS=5000)
    database = mongo[where["mongodb_database"]]
    server = "qdrant_url" in where
    client = connect(where["qdrant_url"], None) if server else open_folder(where["qdrant_path"])
    engine = QdrantEngine(client) if server or query_api else LocalQdrantEngine(client)
    try:
        with ThreadPoolExecutor(4 if server else 1) as pool:
            records, reader = MongoRecords(database), MongoDocumentReader(database)
            vectors = QdrantVectors(engine, space, pool)
            ports: dict[str, Any] = {"records": records, "reader": reader, "outbox": records, "vectors": vectors}
            if faults:
                ports = {name: FaultyPort(port, faults) for name, port in ports.items()}
            async with TwoStores(**ports) as store:
                yield Opened(records, reader, vectors, store)
    finally:
        client.close()
        mongo.close()
