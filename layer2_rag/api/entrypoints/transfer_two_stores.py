"""`python -m api.entrypoints.transfer_two_stores REQUESTS RESPONSES`: exports and imports stored documents.

The arguments are two open file descriptors; `services/transfer/protocol.py` describes the messages. No embedding model
is loaded: imported documents keep their vectors.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.adapters.mongo.imported import MongoImported
from api.adapters.qdrant.stored import QdrantStored
from api.capabilities.two_stores import document_store, open_stores
from api.config import Settings
from api.services.embedding.embeddings import Space
from api.services.transfer.protocol import serve
from api.services.transfer.two_stores import TwoStoresTransfer


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[TwoStoresTransfer]:
    """The stores that the settings name. Raises `StoreUnavailable` when another process uses Qdrant's folder."""

    async def space() -> Space:
        return await transfer.space()

    async with open_stores(settings, space) as stores, document_store(stores) as store:
        transfer = TwoStoresTransfer(
            reader=stores.reader,
            vectors=QdrantStored(stores.qdrant, stores.vectors),
            store=store,
            outbox=stores.records,
            imported=MongoImported(stores.database),
        )
        yield transfer


if __name__ == "__main__":
    sys.exit(serve(opened(Settings()), int(sys.argv[1]), int(sys.argv[2])))
