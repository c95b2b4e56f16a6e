"""Folders: what is new, changed, renamed or gone there is so in the library."""

import asyncio
import os
import time
from pathlib import Path

import anyio

from tests.sources.conftest import Kept

FERRY, BOAT = "The ferry to Lindholm leaves at seven.", "The boat to Aspö leaves at nine."


async def test_new_changed_and_vanished_files_are_uploaded_replaced_and_deleted(kept: Kept) -> None:
    kept.write("ferry.txt", FERRY)
    kept.write("deep/er/boat.txt", BOAT)
    source = await kept.added(kind="folder", path=str(kept.root))
    assert await kept.synced(source) == {"new": 2}
    first = await kept.documents()
    assert {name: one["status"] for name, one in first.items()} == {"ferry.txt": "ready", "boat.txt": "ready"}
    assert first["ferry.txt"]["metadata"] == {"source": source}
    assert await kept.synced(source) == {"unchanged": 2}

    kept.write("ferry.txt", "The ferry to Lindholm leaves at eight.")
    (kept.root / "deep/er/boat.txt").unlink()
    assert await kept.synced(source) == {"changed": 1, "deleted": 1}
    (document,) = (await kept.get("/documents"))["documents"]
    assert (document["filename"], document["id"] != first["ferry.txt"]["id"]) == ("ferry.txt", True)
    assert "eight" in (await kept.get(f"/documents/{document['id']}/text"))["text"]


async def test_a_file_that_is_changed_back_is_found_again(kept: Kept) -> None:
    source = await kept.added(kind="folder", path=str(kept.root))
    for text in (FERRY, BOAT, FERRY):
        kept.write("ferry.txt", text)
        await kept.synced(source)
        (document,) = (await kept.get("/documents"))["documents"]
        assert (await kept.get(f"/documents/{document['id']}/text"))["text"].strip() == text


async def test_the_old_version_stays_while_the_new_one_cannot_be_read(kept: Kept) -> None:
    path = kept.write("ferry.txt", FERRY)
    source = await kept.added(kind="folder", path=str(kept.root))
    await kept.synced(source)
    path.write_bytes(bytes(range(256)) * 10)
    assert await kept.synced(source) == {"changed": 1}
    statuses = sorted(one["status"] for one in (await kept.get("/documents"))["documents"])
    assert statuses == ["failed", "ready"]
    assert [hit["text"] for hit in await kept.hits("ferry")] == [FERRY]
    assert await kept.synced(source) == {"unchanged": 1}, "it is not tried for ever"
    path.write_text(BOAT)
    assert await kept.synced(source) == {"changed": 1}
    (document,) = (await kept.get("/documents"))["documents"]
    assert document["status"] == "ready"
    assert [hit["text"] for hit in await kept.hits("boat")] == [BOAT]


async def test_a_rename_changes_the_name_and_embeds_nothing(kept: Kept) -> None:
    path = kept.write("ferry.txt", FERRY)
    source = await kept.added(kind="folder", path=str(kept.root))
    await kept.synced(source)
    before = (await kept.documents())["ferry.txt"]
    jobs = len((await kept.get("/jobs", kind="ingest"))["jobs"])
    (kept.root / "sub").mkdir()
    path.rename(kept.root / "sub" / "timetable.txt")
    assert await kept.synced(source) == {"renamed": 1}
    after = (await kept.documents())["timetable.txt"]
    assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])
    assert len((await kept.get("/jobs", kind="ingest"))["jobs"]) == jobs
    assert (await kept.hits("ferry"))[0]["filename"] == "timetable.txt"
    assert await kept.synced(source) == {"unchanged": 1}


async def test_a_vanished_file_is_deleted_after_its_grace_period_unless_it_is_back(kept: Kept) -> None:
    path = kept.write("ferry.txt", FERRY)
    source = await kept.added(kind="folder", path=str(kept.root), delete_after_seconds=3)
    await kept.synced(source)
    path.unlink()
    assert await kept.synced(source) == {"missing": 1}
    path.write_text(FERRY)
    assert await kept.synced(source) == {"unchanged": 1}
    path.unlink()
    assert await kept.synced(source) == {"missing": 1}, "the period begins again"
    assert list(await kept.documents()) == ["ferry.txt"]
    await kept.until(lambda documents: not documents)  # the process that watches notices that the period is over


async def test_a_sync_that_would_delete_most_asks_first(kept: Kept) -> None:
    paths = [kept.write(f"{number}.txt", f"Ferry number {number} leaves.") for number in range(6)]
    source = await kept.added(kind="folder", path=str(kept.root))
    await kept.synced(source)
    for path in paths[:4]:
        path.unlink()
    job = await kept.sync(source)
    assert (job["state"], job["error"]["code"], job["error"]["status"]) == ("failed", "sync_would_delete_most", 409)
    assert f"POST /sources/{source}/sync?confirm=true" in job["error"]["detail"]
    assert (await kept.get(f"/sources/{source}"))["error"] == job["error"]
    assert len(await kept.documents()) == 6
    assert await kept.synced(source, confirm=True) == {"deleted": 4, "unchanged": 2}
    assert (await kept.get(f"/sources/{source}"))["error"] is None
    more = [kept.write(f"more{number}.txt", f"Boat number {number} leaves.") for number in range(4)]
    await kept.synced(source)
    for path in more:
        path.unlink()
    assert (await kept.sync(source))["state"] == "failed", "a confirmation is for one sync"


async def test_a_few_documents_are_deleted_without_a_question(kept: Kept) -> None:
    paths = [kept.write(f"{number}.txt", f"Ferry number {number} leaves.") for number in range(3)]
    source = await kept.added(kind="folder", path=str(kept.root))
    await kept.synced(source)
    for path in paths:
        path.unlink()
    assert await kept.synced(source) == {"deleted": 3}


async def test_a_folder_that_is_gone_deletes_nothing_and_is_told(kept: Kept) -> None:
    kept.write("ferry.txt", FERRY)
    source = await kept.added(kind="folder", path=str(kept.root))
    await kept.synced(source)
    kept.root.rename(kept.root.with_name("away"))
    job = await kept.sync(source)
    assert (job["state"], job["error"]["code"]) == ("failed", "source_unavailable")
    assert (await kept.get(f"/sources/{source}"))["error"]["code"] == "source_unavailable"
    assert list(await kept.documents()) == ["ferry.txt"]
    kept.root.with_name("away").rename(kept.root)
    assert await kept.synced(source) == {"unchanged": 1}


async def test_what_is_no_document_is_left_out_and_counted(kept: Kept, tmp_path: Path) -> None:
    kept.write("ferry.txt", FERRY)
    kept.write(".hidden.txt", "x")
    kept.write(".git/config.txt", "x")
    kept.write("photo.png", "x")
    outside = tmp_path / "secret.txt"
    outside.write_text("The secret is out.")
    (kept.root / "link.txt").symlink_to(outside)
    (kept.root / "folder").symlink_to(tmp_path)
    (kept.root / "inside.txt").symlink_to(kept.root / "ferry.txt")
    os.close(os.open(os.fsencode(kept.root) + b"/\xff.txt", os.O_CREAT))
    source = await kept.added(kind="folder", path=str(kept.root))
    counts = await kept.synced(source)
    assert counts == {"new": 2, "hidden": 2, "unsupported": 1, "links": 2, "unreadable_names": 1}
    assert list(await kept.documents()) == ["ferry.txt"], "the link inside has the same bytes"


async def test_a_link_that_takes_the_place_of_a_file_is_not_followed_outside(kept: Kept, tmp_path: Path) -> None:
    path = kept.write("ferry.txt", FERRY)
    kept.write("sub/boat.txt", BOAT)
    source = await kept.added(kind="folder", path=str(kept.root), delete_after_seconds=60)
    await kept.synced(source)
    (tmp_path / "boat.txt").write_text("The secret is out.")
    path.unlink()
    path.symlink_to(tmp_path / "boat.txt")
    (kept.root / "sub" / "boat.txt").unlink()
    (kept.root / "sub").rmdir()
    (kept.root / "sub").symlink_to(tmp_path)
    assert await kept.synced(source) == {"missing": 2, "links": 2}
    assert all("secret" not in hit["text"] for hit in await kept.hits("secret"))


async def test_a_file_that_cannot_be_read_stops_no_other(kept: Kept) -> None:
    kept.write("ferry.txt", FERRY)
    kept.write("large.txt", "x" * 200_001)
    os.mkfifo(kept.root / "pipe.txt")
    source = await kept.added(kind="folder", path=str(kept.root))
    assert await kept.synced(source) == {"new": 1, "failed": 2}
    assert list(await kept.documents()) == ["ferry.txt"]
    kept.write("large.txt", BOAT)
    assert await kept.synced(source) == {"new": 1, "unchanged": 1, "failed": 1}


async def test_a_file_is_taken_when_it_has_stopped_changing(kept: Kept) -> None:
    path = kept.write("ferry.txt", "x")
    source = await kept.added(kind="folder", path=str(kept.root))

    async def write() -> None:
        with path.open("a") as file:
            for number in range(20):
                file.write(f" Line {number} of the timetable.")
                file.flush()
                await anyio.sleep(0.1)

    task = asyncio.create_task(write())
    await kept.synced(source)
    await task
    await kept.synced(source)
    assert len((await kept.get("/jobs", kind="ingest"))["jobs"]) == 1, "no half of it was read"
    (document,) = (await kept.get("/documents"))["documents"]
    assert "Line 19" in (await kept.get(f"/documents/{document['id']}/text"))["text"]


async def test_a_watched_folder_is_synced_when_something_changes(kept: Kept) -> None:
    kept.write("ferry.txt", FERRY)
    await kept.added(kind="folder", path=str(kept.root), watch=True)
    await kept.until(lambda documents: "ferry.txt" in documents)
    path = kept.write("boat.txt", BOAT)
    await kept.until(lambda documents: "boat.txt" in documents)
    path.rename(kept.root / "ship.txt")
    await kept.until(lambda documents: documents.keys() == {"ferry.txt", "ship.txt"})
    (kept.root / "ship.txt").unlink()
    await kept.until(lambda documents: documents.keys() == {"ferry.txt"})


async def test_a_sync_that_is_requested_while_one_runs_sees_what_came_meanwhile(kept: Kept) -> None:
    source = await kept.added(kind="folder", path=str(kept.root))
    kept.write("0.txt", "Ferry number 0 leaves.")
    batches = []
    for number in range(1, 6):
        response = await kept.http.post(f"{kept.url}/sources/{source}/sync")
        batches.append(response.json()["batch_id"])
        kept.write(f"{number}.txt", f"Ferry number {number} leaves at {time.monotonic()}.")
        await anyio.sleep(0.2)
    await kept.http.post(f"{kept.url}/sources/{source}/sync")
    await kept.until(lambda documents: len(documents) == 6)
    assert len(set(batches)) < 5, "one that is open serves further requests"
