"""`python -m api.entrypoints.transfer_postgres REQUESTS ANSWERS`: documents as they are stored, out and in.

The arguments are the numbers of two open file descriptors; `services/transfer/protocol.py` describes the messages.
No embedding model is loaded: imported documents keep their vectors.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.transfer import PostgresTransfer
from api.config import Settings
from api.services.transfer.protocol import serve

INDEX_SECONDS = 3_600.0  # building the index of a million vectors takes minutes
CONNECTIONS = 2


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[PostgresTransfer]:
    """The database that the settings name. Raises `SchemaRefused`."""
    database = Database(
        settings.database_url.get_secret_value(),
        connections=CONNECTIONS,
        seconds=settings.database_timeout_seconds,
        write_seconds=INDEX_SECONDS,
    )
    async with database:
        yield PostgresTransfer(database)


if __name__ == "__main__":
    sys.exit(serve(opened(Settings()), int(sys.argv[1]), int(sys.argv[2])))
