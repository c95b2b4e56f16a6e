"""Both stores and the library over them, opened as the wiring does, with a small embedding model."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from motor.motor_asyncio import AsyncIOMotorClient

from api.adapters.mongo_catalogue import MongoCatalogue
from api.adapters.mongo_records import MongoRecords
from api.adapters.mongo_rows import Row
from api.adapters.qdrant_engine import QdrantEngine, connect
from api.adapters.qdrant_local import LocalQdrantEngine, open_folder
from api.adapters.qdrant_vectors import QdrantVectors
from api.services.consistency import Consistency
from api.services.embedding import Space
from api.services.lexical import encode_document, encode_query
from api.services.library import Document, Draft, MetadataValue, StoredChunk
from api.services.search import Hit, Query
from api.services.two_stores import TwoStores
from tests.embeddings.fake_encoder import DIMENSION, FakeEncoder

ENCODER = FakeEncoder()
Wrap = Callable[[str, Any], Any]


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
    catalogue: MongoCatalogue
    vectors: QdrantVectors
    library: TwoStores

    async def publish(self, text: str, replaces: UUID | None = None, **more: Any) -> Document:
        return await self.library.publish(draft(text, **more), replaces)

    async def found(self, question: str, **more: Any) -> list[Hit]:
        return await self.library.search(query(question, **more))

    async def texts_found(self, question: str, **more: Any) -> set[str]:
        return {hit.text for hit in await self.found(question, **more)}

    async def left_of(self, document_id: UUID) -> tuple[int, int]:
        """What the disks hold of a document: chunks (−1 when not even a text), vectors."""
        chunks, vectors = await self.catalogue.chunk_counts(), await self.vectors.vector_counts()
        return chunks.get(document_id, -1), vectors.get(document_id, 0)

    def consistency(self, grace: timedelta = timedelta(0)) -> Consistency:
        return Consistency(
            catalogue=self.catalogue,
            records=self.records,
            vectors=self.vectors,
            library=self.library,
            audit=self.catalogue,
            embedder=DirectEmbedder(),
            grace=grace,
        )


@asynccontextmanager
async def opened(
    where: Mapping[str, Any], *, wrap: Wrap = lambda name, port: port, query_api: bool = False
) -> AsyncIterator[Opened]:
    """`where` as the fixture `stores` gives it; `wrap` may put something around each port of the library.

    `query_api`: send the local mode, too, what a server is sent.
    """

    async def space() -> Space:
        return Space(ENCODER.space, DIMENSION)

    mongo: AsyncIOMotorClient[Row] = AsyncIOMotorClient(where["mongodb_url"], serverSelectionTimeoutMS=5000)
    database = mongo[where["mongodb_database"]]
    server = "qdrant_url" in where
    client = connect(where["qdrant_url"], None) if server else open_folder(where["qdrant_path"])
    engine = QdrantEngine(client) if server or query_api else LocalQdrantEngine(client)
    try:
        with ThreadPoolExecutor(4 if server else 1) as pool:
            records, catalogue = MongoRecords(database), MongoCatalogue(database)
            vectors = QdrantVectors(engine, space, pool)
            ports = {"records": records, "reader": catalogue, "outbox": records, "vectors": vectors}
            wrapped = {name: wrap(name, port) for name, port in ports.items()}
            async with TwoStores(**wrapped, grace=timedelta(minutes=10)) as library:
                yield Opened(records, catalogue, vectors, library)
    finally:
        client.close()
        mongo.close()


def draft(
    text: str,
    *,
    id: UUID | None = None,
    name: str = "note.txt",
    sha256: str = "",
    metadata: Mapping[str, MetadataValue] | None = None,
) -> Draft:
    """A document of one chunk for each line of the text."""
    id = id or uuid4()
    chunks, start = [], 0
    for index, line in enumerate(text.split("\n")):
        chunks.append(StoredChunk(uuid5(id, str(index)), id, index, None, start, start + len(line), line, ""))
        start += len(line) + 1
    now = datetime.now(UTC)
    document = Document(
        id=id,
        filename=name,
        content_type="text/plain",
        size_bytes=len(text),
        sha256=sha256 or text,
        pages=None,
        chunks=len(chunks),
        created_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        metadata=metadata or {},
    )
    texts = [chunk.text for chunk in chunks]
    return Draft(document, text, chunks, ENCODER.encode(texts), [encode_document(text) for text in texts])


def query(question: str, top_k: int = 5, **more: Any) -> Query:
    return Query(ENCODER.encode([question])[0], encode_query(question), top_k, **more)
