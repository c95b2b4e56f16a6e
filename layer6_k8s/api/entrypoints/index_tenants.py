"""`python -m api.entrypoints.index_tenants [CHUNKS]`: an index for each tenant of so many chunks, or of 20,000.

Run it now and then, as the owner of the tables: it makes the indexes that are missing and drops those that nobody
needs any more.
"""

import asyncio
import sys

from api.adapters.postgres.tenants.database import TenantDatabase
from api.adapters.postgres.tenants.directory import PostgresDirectory
from api.adapters.postgres.tenants.indexes import LARGE, TenantIndexes
from api.adapters.postgres.tenants.roles import at_database_of
from api.config import Settings
from api.errors import MyStackError
from api.services.tenants.callers import EVERYONE, acting_as

COUNT_SECONDS = 600.0


async def update(settings: Settings, large: int) -> list[str]:
    """What was done, a sentence each. Raises `MyStackError`."""
    url = settings.database_url.get_secret_value()
    owner = at_database_of(settings.database_owner_url.get_secret_value(), url) if settings.database_owner_url else url
    database = TenantDatabase(owner, connections=1, seconds=COUNT_SECONDS, write_seconds=COUNT_SECONDS)
    with acting_as(EVERYONE):
        async with database:
            return [line async for line in TenantIndexes(database, PostgresDirectory(database), large=large).update()]


def main() -> int:
    try:
        done = asyncio.run(update(Settings(), int(sys.argv[1]) if len(sys.argv) > 1 else LARGE))
    except MyStackError as error:
        print(error.detail)  # noqa: T201
        return 2
    print("\n".join(done) or "every tenant that needs an index has one")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
