"""The library's version: a number that grows with every write, so that whatever was computed from it can be cached.

It is changed in the write's own transaction, as the last statement: a reader who sees the write sees the new version,
and concurrent writes wait for each other only while they commit.
"""

from api.adapters.postgres.database import Connection

READ_VERSION = "SELECT version FROM library_version"
BUMP_VERSION = "UPDATE library_version SET version = version + 1"


async def bump_version(connection: Connection) -> None:
    await connection.execute(BUMP_VERSION)
