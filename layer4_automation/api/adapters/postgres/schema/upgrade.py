"""The schema is upgraded in a task of its own: requests wait for it, and none starts it or is able to cancel it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg

from api.adapters.postgres.schema.version import schema_is_current
from api.errors import MyStackError
from api.services.documents.store import StoreUnavailable

UNREACHABLE = "PostgreSQL cannot be reached. Start it, or check DATABASE_URL."
RETRY_SECONDS = 0.5

logger = logging.getLogger("mystack.postgresql")


class SchemaUpgrade:
    """Applies pending migrations, and retries while the server cannot be reached or the database is refused.

    `upgrade` applies them, blocking. `ready` is awaited afterwards; it prepares what needs the schema.
    """

    def __init__(self, upgrade: Callable[[], None], ready: Callable[[], Awaitable[None]]) -> None:
        self.upgrade = upgrade
        self.ready = ready
        self._attempt: asyncio.Task[None]
        self._retry: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Waits for the first attempt. Raises `SchemaRefused`; of a server that cannot be reached it only warns."""
        self._begin()
        try:
            await self.wait()
        except StoreUnavailable as error:
            logger.warning("%s", error)
        except BaseException:
            self.stop()
            raise

    async def wait(self) -> None:
        """Until the schema is current. Raises the error of the last attempt, if it failed."""
        if not self._attempt.done():
            await asyncio.shield(self._attempt)
        self._attempt.result()

    def stop(self) -> None:
        if self._retry:
            self._retry.cancel()
        self._attempt.cancel()

    def _begin(self) -> None:
        self._attempt = asyncio.create_task(self._upgraded())
        self._attempt.add_done_callback(self._ended)

    async def _upgraded(self) -> None:
        await asyncio.to_thread(self.upgrade)
        await self.ready()

    def _ended(self, attempt: asyncio.Task[None]) -> None:
        if not attempt.cancelled() and isinstance(attempt.exception(), MyStackError):
            self._retry = asyncio.get_running_loop().call_later(RETRY_SECONDS, self._begin)


def upgrade(url: str) -> None:
    """Bring the schema up to date. Blocking. Raises `StoreUnavailable` and `SchemaRefused`."""
    try:
        if schema_is_current(url):
            return
    except psycopg.OperationalError as error:
        raise StoreUnavailable(UNREACHABLE) from error
    from sqlalchemy.exc import OperationalError

    from api.adapters.postgres.schema.migrations import migrate

    try:
        migrate(url)
    except OperationalError as error:
        raise StoreUnavailable(UNREACHABLE) from error
