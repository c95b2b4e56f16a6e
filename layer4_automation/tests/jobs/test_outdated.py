"""Documents that an earlier parser read are read again."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import anyio
import httpx2
import pytest

from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.adapters.postgres.jobs.work import PostgresWork
from api.services.documents.ingestion import Upload
from api.services.documents.store import Position
from api.services.jobs.jobs import BULK, NewJob
from tests.jobs.conftest import Table
from tests.library import Reader
from tests.stores.drafts import draft
from tests.stores.opened import Opened, opened

TEXT = "The ferry to Lindholm leaves at seven."


@pytest.fixture
def table(harness: Opened) -> Table:
    return Table(harness.database, PostgresJobs(harness.database), PostgresWork(harness.database))


async def ended(reader: Reader, batch_id: str) -> None:
    """Wait for the jobs of a batch."""
    deadline, waiting = time.monotonic() + 30, True
    while waiting:
        assert time.monotonic() < deadline, "the batch did not end"
        await anyio.sleep(0.05)
        waiting = (await reader.get(f"/jobs/batches/{batch_id}"))["waiting"]


async def read_by_the_first_parser(given: dict[str, Any]) -> None:
    async with opened(given) as harness, harness.database.transaction() as connection:
        await connection.execute("UPDATE documents SET parser = 1")


async def test_what_an_earlier_parser_read_is_read_again_page_by_page(
    http: httpx2.AsyncClient, serve: Callable[..., str], stores: Callable[[], dict[str, Any]]
) -> None:
    given = stores()
    reader = Reader(http, serve(use_rag=True, **given))
    documents = [await reader.uploaded(f"{TEXT} Number {n}.", f"{n}.txt") for n in range(3)]
    nothing = await http.post(f"{reader.url}/jobs/process-outdated")
    assert nothing.json() == {"batch_id": None, "queued": 0, "without_file": [], "next_cursor": None}
    await read_by_the_first_parser(given)
    assert (await reader.get(f"/documents/{documents[0]['id']}"))["outdated"]
    cursor, queued = "", []
    while cursor is not None:
        page = await http.post(f"{reader.url}/jobs/process-outdated", params={"limit": 2, "cursor": cursor})
        assert page.status_code == 202, page.text
        queued.append(page.json()["queued"])
        await ended(reader, page.json()["batch_id"])
        cursor = page.json()["next_cursor"]
    assert queued == [2, 1]
    for document in documents:
        again = await reader.get(f"/documents/{document['id']}")
        assert (again["status"], again["outdated"]) == ("ready", False)


async def test_outdated_documents_without_a_file_are_named_and_replaced_by_their_own_bytes(
    http: httpx2.AsyncClient, serve: Callable[..., str], stores: Callable[[], dict[str, Any]]
) -> None:
    given = stores()
    reader = Reader(http, serve(keep_files=False, **given))
    document = await reader.uploaded(TEXT, "ferry.txt")
    await read_by_the_first_parser(given)
    answer = (await http.post(f"{reader.url}/jobs/process-outdated")).json()
    assert (answer["queued"], answer["without_file"]) == (0, [{"id": document["id"], "filename": "ferry.txt"}])
    assert (await reader.upload(TEXT, "ferry.txt")).json()["duplicate"]
    again = await reader.uploaded(TEXT, "ferry.txt", replaces=document["id"])
    assert (again["duplicate"], again["outdated"]) == (False, False)
    await read_by_the_first_parser(given)
    not_waited = await http.post(
        f"{reader.url}/documents",
        files={"file": ("ferry.txt", TEXT.encode())},
        data={"replaces": again["id"]},
        headers={"Prefer": "respond-async"},
    )
    assert (not_waited.status_code, not_waited.json()["status"]) == (202, "queued"), "the old reading is not the answer"
    assert len((await reader.get("/documents"))["documents"]) == 1


async def test_bytes_that_replace_their_own_document_are_read_again_under_its_id(table: Table, harness: Opened) -> None:
    first = await table.added("the same text")
    assert first.document_id
    await harness.store.publish(draft("the same text", id=first.document_id), None)
    claim = await table.work.claim(30)
    assert claim
    await table.work.finish(claim, first.document_id)
    assert (await table.added("the same text")).id == first.id, "it is done"
    upload = Upload(uuid4(), "other.txt", {}, replaces=first.document_id)
    data = b"the same text"
    again = await table.jobs.add(NewJob(uuid4(), "ingest", upload, BULK), data, hashlib.sha256(data).hexdigest())
    assert (again.state, again.document_id, again.id == first.id) == ("queued", first.document_id, False)
    claim = await table.work.claim(30)
    assert claim
    assert (claim.upload.filename, claim.upload.replaces) == ("other.txt", None)


async def test_outdated_documents_are_listed_with_whether_they_can_and_will_be_read_again(
    table: Table, harness: Opened
) -> None:
    waits, without_file, current = draft("one", id=(await table.added("one")).document_id), draft("two"), draft("three")
    for one in (waits, without_file):
        one = replace(one, document=replace(one.document, parser=1))
        await harness.store.publish(one, None)
    await harness.store.publish(current, None)
    found = {one.id: (one.kept, one.open) for one in await table.jobs.outdated(9, None)}
    assert found == {waits.document.id: (True, True), without_file.document.id: (False, False)}
    (first,) = await table.jobs.outdated(1, None)
    (second,) = await table.jobs.outdated(9, Position(first.created_at, first.id))
    assert {first.id, second.id} == set(found)
