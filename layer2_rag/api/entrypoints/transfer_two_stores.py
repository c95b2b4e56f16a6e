"""`python -m api.entrypoints.transfer_two_stores REQUESTS ANSWERS`: documents as they are stored, out and in.

The arguments are the numbers of two open file descriptors; `services/transfer/protocol.py` describes the messages.
No embedding model is loaded: imported documents keep their vectors.
"""

import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager

from api.adapters.mongo.document_reader import MongoDocumentReader
from api.adapters.mongo.imported import MongoImported
from api.adapters.mongo.records import MongoRecords
from api.adapters.mongo.rows import mongo_client
from api.adapters.qdrant.engine import QdrantEngine
from api.adapters.qdrant.local import LocalQdrantEngine
from api.adapters.qdrant.stored import QdrantStored
from api.adapters.qdrant.vectors import QdrantVectors
from api.config import Settings
from api.services.embedding.embeddings import Space
from api.services.transfer.protocol import serve
from api.services.transfer.two_stores import TwoStoresTransfer
from api.services.two_stores.document_store import TwoStores
from api.wiring import qdrant_client


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[TwoStoresTransfer]:
    """The stores that the settings name. Raises `StoreUnavailable` when another process holds them."""
    async with AsyncExitStack() as stack:
        mongo = mongo_client(settings.mongodb_url.get_secret_value())
        stack.callback(mongo.close)
        database = mongo[settings.mongodb_database]
        records, reader = MongoRecords(database), MongoDocumentReader(database)
        client = qdrant_client(settings)
        stack.callback(client.close)
        engine = QdrantEngine(client) if settings.qdrant_url else LocalQdrantEngine(client)
        pool = stack.enter_context(ThreadPoolExecutor(1, "qdrant"))

        async def space() -> Space:
            return await transfer.space()

        vectors = QdrantVectors(engine, space, pool)
        store = TwoStores(
            records=records,
            reader=reader,
            outbox=records,
            vectors=vectors,
        )
        transfer = TwoStoresTransfer(
            reader=reader,
            vectors=QdrantStored(client, vectors),
            store=await stack.enter_async_context(store),
            outbox=records,
            imported=MongoImported(database),
        )
        yield transfer


if __name__ == "__main__":
    sys.exit(serve(opened(Settings()), int(sys.argv[1]), int(sys.argv[2])))
