"""MongoDB and Qdrant, and one document store over both."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from motor.motor_asyncio import AsyncIOMotorDatabase
from qdrant_client import QdrantClient

from api.adapters.mongo.document_reader import MongoDocumentReader
from api.adapters.mongo.records import MongoRecords
from api.adapters.mongo.rows import Row, mongo_client
from api.adapters.qdrant.engine import QdrantEngine, connect
from api.adapters.qdrant.local import LocalQdrantEngine, open_folder
from api.adapters.qdrant.vectors import QdrantVectors
from api.config import Settings
from api.services.embedding.embeddings import Embeddings, SpaceSource
from api.services.two_stores.consistency import Consistency
from api.services.two_stores.document_store import TwoStores
from api.services.two_stores.outbox import outbox_processing

STORE_THREADS = 8


@dataclass(frozen=True)
class Stores:
    """The adapters of both stores. `exclusive`: no other process can write, because Qdrant's folder is locked."""

    database: "AsyncIOMotorDatabase[Row]"
    records: MongoRecords
    reader: MongoDocumentReader
    qdrant: QdrantClient
    vectors: QdrantVectors
    exclusive: bool


@asynccontextmanager
async def open_stores(settings: Settings, space: SpaceSource) -> AsyncIterator[Stores]:
    """MongoDB and Qdrant. Raises `StoreUnavailable` when another process uses Qdrant's folder."""
    async with AsyncExitStack() as stack:
        mongo = mongo_client(settings.mongodb_url.get_secret_value())
        stack.callback(mongo.close)
        database = mongo[settings.mongodb_database]
        exclusive = settings.qdrant_url is None
        qdrant = qdrant_client(settings)
        stack.callback(qdrant.close)
        pool = stack.enter_context(ThreadPoolExecutor(1 if exclusive else STORE_THREADS, "qdrant"))
        engine = LocalQdrantEngine(qdrant) if exclusive else QdrantEngine(qdrant)
        yield Stores(
            database=database,
            records=MongoRecords(database),
            reader=MongoDocumentReader(database),
            qdrant=qdrant,
            vectors=QdrantVectors(engine, space, pool),
            exclusive=exclusive,
        )


def qdrant_client(settings: Settings) -> QdrantClient:
    """A client of the configured server, else the local mode. Raises `StoreUnavailable` when its folder is in use."""
    if settings.qdrant_url is None:
        return open_folder(settings.qdrant_path)
    key = settings.qdrant_api_key
    return connect(settings.qdrant_url, key.get_secret_value() if key else None)


@asynccontextmanager
async def document_store(stores: Stores) -> AsyncIterator[TwoStores]:
    """One document store over both, and the processing of its outbox."""
    async with (
        TwoStores(
            records=stores.records,
            reader=stores.reader,
            outbox=stores.records,
            vectors=stores.vectors,
        ) as store,
        outbox_processing(store, first=timedelta(0) if stores.exclusive else store.grace),
    ):
        yield store


def consistency(stores: Stores, store: TwoStores, vectors: Embeddings) -> Consistency:
    return Consistency(
        reader=stores.reader,
        records=stores.records,
        vectors=stores.vectors,
        store=store,
        audit=stores.reader,
        embedder=vectors,
        grace=timedelta(0) if stores.exclusive else store.grace,
    )
