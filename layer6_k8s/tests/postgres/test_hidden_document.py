"""A document with the same bytes that the service cannot see: an upload of them ends, and does not try for ever."""

import asyncio

import psycopg
import pytest

from api.services.documents.store import StoreUnavailable
from tests.needs import as_owner
from tests.stores.opened import Opened

HIDE = """
    ALTER TABLE documents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY inserted ON documents FOR INSERT WITH CHECK (true);
    CREATE POLICY read ON documents FOR SELECT USING (true);
    CREATE POLICY visible ON documents AS RESTRICTIVE FOR SELECT USING (id <> '{id}')
"""


async def test_an_upload_of_bytes_that_are_stored_and_not_visible_ends_with_an_error(harness: Opened) -> None:
    hidden = await harness.publish("the same bytes")
    with psycopg.connect(as_owner(harness.database.url)) as owner:
        owner.execute(HIDE.format(id=hidden.id).encode())
    async with asyncio.timeout(20):
        with pytest.raises(StoreUnavailable, match="Upload it again"):
            await harness.publish("the same bytes")
