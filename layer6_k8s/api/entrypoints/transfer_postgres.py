"""`python -m api.entrypoints.transfer_postgres REQUESTS ANSWERS`: exports and imports stored documents.

The arguments are the numbers of two open file descriptors; `services/transfer/protocol.py` describes the messages. No
embedding model is loaded: imported documents keep their vectors.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.adapters.postgres.tenants.database import TenantDatabase
from api.adapters.postgres.tenants.roles import at_database_of
from api.adapters.postgres.tenants.transfer import TenantTransfer
from api.config import Settings
from api.services.serving.context import current_caller
from api.services.tenants.callers import default_caller
from api.services.transfer.protocol import serve

INDEX_SECONDS = 3_600.0  # building the index of a million vectors takes minutes
CONNECTIONS = 2


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[TenantTransfer]:
    """The database that the settings name. Raises `SchemaRefused`."""
    current_caller.set(default_caller("mystack migrate"))
    url = settings.database_url.get_secret_value()
    owner = at_database_of(settings.database_owner_url.get_secret_value(), url) if settings.database_owner_url else url
    seconds = settings.database_timeout_seconds
    async with TenantDatabase(owner, connections=CONNECTIONS, seconds=seconds, write_seconds=INDEX_SECONDS) as database:
        yield TenantTransfer(database)


if __name__ == "__main__":
    sys.exit(serve(opened(Settings()), int(sys.argv[1]), int(sys.argv[2])))
