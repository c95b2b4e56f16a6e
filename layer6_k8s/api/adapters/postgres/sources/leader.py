"""One of several processes: the port `Leader`, by an advisory lock that ends with its connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from api.adapters.postgres.database import CONNECT_SECONDS, STORE_FAULTS, Connection
from api.services.documents.store import StoreUnavailable

WATCHING_LOCK = 0x6D795761  # "myWa": the advisory lock that the process holds that watches folders
TRY_SECONDS = 2.0
ANSWER_SECONDS = 5.0


class PostgresLeader:
    """The port `Leader`. Its connection is its own: those of the pool are for short use."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: Connection | None = None

    @asynccontextmanager
    async def leading(self) -> AsyncIterator[None]:
        try:
            self._connection = await psycopg.AsyncConnection.connect(
                self.url, autocommit=True, connect_timeout=CONNECT_SECONDS
            )
        except STORE_FAULTS as error:
            raise StoreUnavailable from error
        try:
            while not await self._is_true(f"SELECT pg_try_advisory_lock({WATCHING_LOCK})"):  # noqa: ASYNC110 - of others
                await asyncio.sleep(TRY_SECONDS)
            yield
        finally:
            connection, self._connection = self._connection, None
            await connection.close()

    async def check(self) -> None:
        await self._is_true("SELECT true")

    async def _is_true(self, query: str) -> bool:
        try:
            if self._connection is None:
                raise StoreUnavailable
            async with asyncio.timeout(ANSWER_SECONDS):
                row = await (await self._connection.execute(query.encode())).fetchone()
            return bool(row and row[0])
        except (*STORE_FAULTS, TimeoutError) as error:
            raise StoreUnavailable from error
