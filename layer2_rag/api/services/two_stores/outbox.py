"""Processes the outbox when the service starts, and once a minute."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from api.errors import MyStackError
from api.services.two_stores.document_store import TwoStores

EVERY_SECONDS = 60.0

logger = logging.getLogger("mystack.outbox")


@asynccontextmanager
async def outbox_processing(store: TwoStores, first: timedelta) -> AsyncIterator[None]:
    """Clean up after unfinished writes: now those older than `first`, every minute those older than the grace time."""
    await _process(store, first)
    task = asyncio.create_task(_repeatedly(store))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _repeatedly(store: TwoStores) -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await _process(store, store.grace)


async def _process(store: TwoStores, older_than: timedelta) -> None:
    try:
        await store.process_outbox(older_than)
    except MyStackError as error:
        logger.warning("the outbox was not processed, the next attempt follows: %s", error)
