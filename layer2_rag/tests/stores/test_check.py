"""`python -m api.entrypoints.check_stores`: differences between the two stores are found, reported and repaired."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.entrypoints.check_stores import main
from tests.stores.drafts import ENCODER, draft
from tests.stores.opened import Opened, opened


@pytest.fixture
async def harness(harness: Opened) -> Opened:
    await harness.publish("a document\nthat is complete")
    return harness


async def test_stores_that_agree_have_no_findings(harness: Opened) -> None:
    report = await harness.consistency().check()
    assert (report.consistent, report.sound, report.documents, report.repaired) == (True, True, 1, False)


async def test_orphans_are_reported_and_erased_only_by_a_repair(harness: Opened) -> None:
    only_vectors, only_chunks = draft("one\ntwo"), draft("three")
    await harness.vectors.put(only_vectors)
    await harness.records.stage(only_chunks)
    report = await harness.consistency().check()
    assert report.orphaned_vectors == {str(only_vectors.document.id): 2}
    assert report.orphaned_chunks == {str(only_chunks.document.id): 1}
    assert (report.consistent, report.sound) == (False, False)
    assert await harness.left_of(only_vectors.document.id) == (-1, 2)
    repaired = await harness.consistency().check(repair=True)
    assert (repaired.repaired, repaired.sound) == (True, True)
    assert (await harness.consistency().check()).consistent
    for one in (only_vectors, only_chunks):
        assert await harness.left_of(one.document.id) == (-1, 0)


async def test_missing_vectors_are_computed_again_from_the_chunks(harness: Opened) -> None:
    document = await harness.publish("the lost lamp\nof the lighthouse", metadata={"kind": "lamp"})
    await harness.vectors.erase(document.id)
    assert await harness.texts_found("lighthouse", mode="sparse") == set()
    assert (await harness.consistency().check()).missing_vectors == {str(document.id): 2}
    assert (await harness.consistency().check(repair=True)).sound
    found = await harness.texts_found("lighthouse", mode="sparse", filters={"kind": "lamp"})
    assert found == {"of the lighthouse"}


async def test_a_document_that_lacks_chunks_is_damaged_and_cannot_be_repaired(harness: Opened) -> None:
    document = await harness.publish("half of me\nis gone")
    await harness.records.database.chunks.delete_one({"document_id": str(document.id), "index": 0})
    report = await harness.consistency().check(repair=True)
    assert list(report.damaged) == [str(document.id)]
    assert report.damaged[str(document.id)].startswith("1 of 2 chunks")
    assert (report.consistent, report.sound) == (False, False)


async def test_a_running_write_is_not_a_difference_and_is_left_alone(harness: Opened) -> None:
    running = draft("being written")
    await harness.records.add_note(running.document.id, [running.document.id])
    await harness.records.stage(running)
    report = await harness.consistency(grace=timedelta(minutes=1)).check(repair=True)
    assert (report.consistent, report.unfinished_writes) == (True, 1)
    assert await harness.left_of(running.document.id) == (1, 0)
    await harness.consistency().check(repair=True)
    assert await harness.left_of(running.document.id) == (-1, 0)


async def test_concurrent_uploads_and_deletions_are_not_differences(harness: Opened) -> None:
    checking = True

    async def write() -> None:
        stored = [await harness.publish(f"passing number {n}") for n in range(3)]
        while checking:
            stored.append(await harness.publish(f"passing number {len(stored)} {uuid4()}"))
            await harness.store.remove(stored.pop(0).id)

    writing = asyncio.create_task(write())
    try:
        for _ in range(10):
            report = await harness.consistency(grace=timedelta(minutes=1)).check(repair=True)
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
    async with opened(where) as harness:
        orphan = draft("an orphan")
        await harness.records.stage(orphan)
    return str(orphan.document.id)


def test_the_command_prints_json_and_sets_its_exit_status(
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


def test_an_unreachable_store_is_reported_in_one_sentence(run_check: Callable[..., tuple[int, str, str]]) -> None:
    status, output, errors = run_check({"mongodb_url": "mongodb://127.0.0.1:1"})
    assert (status, output) == (2, "")
    assert "MongoDB is unreachable" in errors
    assert "Traceback" not in errors


async def test_after_a_change_of_the_model_a_repair_embeds_the_documents_in_its_space_and_the_former_one_is_kept(
    monkeypatch: pytest.MonkeyPatch, stores: Callable[[], dict[str, Any]]
) -> None:
    where = stores()
    async with opened(where) as first:
        await first.publish("the heron fishes\nthe fern unrolls")
    with monkeypatch.context() as patch:
        patch.setattr(ENCODER, "space", "another-model@1/openvino-int8/32", raising=False)
        async with opened(where) as second:
            assert await second.texts_found("heron") == set()
            report = await second.consistency().check(repair=True)
            assert (sum(report.missing_vectors.values()), report.sound) == (2, True)
            assert "the heron fishes" in await second.texts_found("heron")
    async with opened(where) as back:
        assert (await back.consistency().check()).consistent
