"""`python -m api.entrypoints.check_stores`: what two stores can disagree about is found, told and mended."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.entrypoints.check_stores import main
from tests.stores.drafts import draft
from tests.stores.opened import Opened, opened


@pytest.fixture
async def it(it: Opened) -> Opened:
    await it.publish("a document\nthat is well")
    return it


async def test_where_nothing_is_wrong_nothing_is_found(it: Opened) -> None:
    report = await it.consistency().check()
    assert (report.consistent, report.sound, report.documents, report.repaired) == (True, True, 1, False)


async def test_orphans_are_told_and_erased_only_on_demand(it: Opened) -> None:
    only_vectors, only_chunks = draft("one\ntwo"), draft("three")
    await it.vectors.put(only_vectors)
    await it.records.stage(only_chunks)
    told = await it.consistency().check()
    assert told.orphaned_vectors == {str(only_vectors.document.id): 2}
    assert told.orphaned_chunks == {str(only_chunks.document.id): 1}
    assert (told.consistent, told.sound) == (False, False)
    assert await it.left_of(only_vectors.document.id) == (-1, 2)
    mended = await it.consistency().check(repair=True)
    assert (mended.repaired, mended.sound) == (True, True)
    assert (await it.consistency().check()).consistent
    for one in (only_vectors, only_chunks):
        assert await it.left_of(one.document.id) == (-1, 0)


async def test_missing_vectors_are_made_again_from_the_chunks(it: Opened) -> None:
    document = await it.publish("the lost lamp\nof the lighthouse", metadata={"kind": "lamp"})
    await it.vectors.erase(document.id)
    assert await it.texts_found("lighthouse", mode="sparse") == set()
    assert (await it.consistency().check()).missing_vectors == {str(document.id): 2}
    assert (await it.consistency().check(repair=True)).sound
    found = await it.texts_found("lighthouse", mode="sparse", filters={"kind": "lamp"})
    assert found == {"of the lighthouse"}


async def test_a_document_without_its_chunks_is_damaged_and_that_is_not_mended(it: Opened) -> None:
    document = await it.publish("half of me\nis gone")
    await it.records.database.chunks.delete_one({"document_id": str(document.id), "index": 0})
    report = await it.consistency().check(repair=True)
    assert list(report.damaged) == [str(document.id)]
    assert report.damaged[str(document.id)].startswith("1 of 2 chunks")
    assert (report.consistent, report.sound) == (False, False)


async def test_a_write_under_way_is_no_fault_and_is_left_alone(it: Opened) -> None:
    under_way = draft("being written")
    await it.records.note(under_way.document.id, [under_way.document.id])
    await it.records.stage(under_way)
    report = await it.consistency(grace=timedelta(minutes=1)).check(repair=True)
    assert (report.consistent, report.unfinished_writes) == (True, 1)
    assert await it.left_of(under_way.document.id) == (1, 0)
    await it.consistency().check(repair=True)
    assert await it.left_of(under_way.document.id) == (-1, 0)


async def test_uploads_and_deletions_meanwhile_are_no_faults(it: Opened) -> None:
    checking = True

    async def write() -> None:
        there = [await it.publish(f"passing number {n}") for n in range(3)]
        while checking:
            there.append(await it.publish(f"passing number {len(there)} {uuid4()}"))
            await it.store.remove(there.pop(0).id)

    writing = asyncio.create_task(write())
    try:
        for _ in range(10):
            report = await it.consistency(grace=timedelta(minutes=1)).check(repair=True)
            assert report.consistent
    finally:
        checking = False
        await writing


@pytest.fixture
def run_check(
    needs: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the command on the given stores: exit status, output, errors."""

    def run(where: dict[str, Any], *arguments: str) -> tuple[int, str, str]:
        for name, value in (needs() | where).items():
            monkeypatch.setenv(name.upper(), str(value))
        monkeypatch.setattr(sys, "argv", ["api.entrypoints.check_stores", *arguments])
        status = main()
        return status, *capsys.readouterr()

    return run


async def leave_an_orphan(where: dict[str, Any]) -> str:
    async with opened(where) as it:
        orphan = draft("nobody's")
        await it.records.stage(orphan)
    return str(orphan.document.id)


def test_the_command_reports_in_json_and_in_its_exit_status(
    stores: Callable[[], dict[str, Any]], run_check: Callable[..., tuple[int, str, str]]
) -> None:
    where = stores()
    orphan = asyncio.run(leave_an_orphan(where))
    status, output, _ = run_check(where)
    assert (status, json.loads(output)["orphaned_chunks"]) == (1, {orphan: 1})
    status, output, _ = run_check(where, "--repair")
    assert (status, json.loads(output)["repaired"]) == (0, True)
    status, output, _ = run_check(where)
    assert (status, json.loads(output)["consistent"]) == (0, True)


def test_a_store_that_is_not_there_is_one_sentence(run_check: Callable[..., tuple[int, str, str]]) -> None:
    status, output, errors = run_check({"mongodb_url": "mongodb://127.0.0.1:1"})
    assert (status, output) == (2, "")
    assert "MongoDB did not do as asked" in errors
    assert "Traceback" not in errors
