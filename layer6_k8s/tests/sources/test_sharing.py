"""Documents that several items or people have, sources that are removed, and folders that may not be sources."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.sources.conftest import Kept

FERRY, BOAT = "The ferry to Lindholm leaves at seven.", "The boat to Aspö leaves at nine."


async def test_the_same_bytes_in_two_places_are_one_document_until_both_are_gone(kept: Kept) -> None:
    one, two = kept.write("a.txt", FERRY), kept.write("b.txt", FERRY)
    source = await kept.added(kind="folder", path=str(kept.root))
    await kept.synced(source)
    assert len(await kept.documents()) == 1
    one.unlink()
    assert await kept.synced(source) == {"deleted": 1, "unchanged": 1}
    assert len(await kept.documents()) == 1
    two.unlink()
    await kept.synced(source)
    assert await kept.documents() == {}


async def test_a_document_that_somebody_uploaded_is_not_deleted(kept: Kept) -> None:
    await kept.uploaded(FERRY, "mine.txt")
    path = kept.write("ferry.txt", FERRY)
    source = await kept.added(kind="folder", path=str(kept.root))
    assert await kept.synced(source) == {"new": 1}
    path = path.rename(kept.root / "renamed.txt")
    assert await kept.synced(source) == {"renamed": 1}
    path.unlink()
    assert await kept.synced(source) == {"deleted": 1}
    assert list(await kept.documents()) == ["mine.txt"]


async def test_a_document_that_was_deleted_by_hand_comes_back(kept: Kept) -> None:
    kept.write("ferry.txt", FERRY)
    source = await kept.added(kind="folder", path=str(kept.root))
    await kept.synced(source)
    assert await kept.delete((await kept.documents())["ferry.txt"]["id"]) == 204
    await kept.synced(source)
    assert list(await kept.documents()) == ["ferry.txt"]


@pytest.mark.parametrize("documents", [False, True])
async def test_the_documents_of_a_removed_source_stay_unless_the_request_says(kept: Kept, documents: bool) -> None:
    kept.write("ferry.txt", FERRY)
    kept.write("boat.txt", BOAT)
    other = await kept.added(kind="folder", path=str(kept.root.parent))
    source = await kept.added(kind="folder", path=str(kept.root))
    await kept.synced(source)
    (kept.root / "boat.txt").rename(kept.root.parent / "boat.txt")
    (kept.root / "ferry.txt").rename(kept.root.parent / "ferry.md")
    kept.write("late.txt", "The late ferry leaves at eleven.")
    assert await kept.synced(other) == {"new": 3}
    response = await kept.http.delete(f"{kept.url}/sources/{source}", params={"documents": documents})
    assert response.status_code == 204
    assert len(await kept.documents()) == 3, "the other source has them"
    response = await kept.http.delete(f"{kept.url}/sources/{other}", params={"documents": documents})
    assert len(await kept.documents()) == (0 if documents else 3)
    assert (await kept.get("/sources"))["sources"] == []
    assert (await kept.http.get(f"{kept.url}/sources/{source}")).json()["code"] == "source_not_found"


async def test_only_folders_below_the_allowed_ones_may_be_sources(kept: Kept, tmp_path: Path) -> None:
    (kept.root / "up").symlink_to("/")
    for path in ("/", "/etc", str(tmp_path) + "x", f"{tmp_path}/notes/../..", f"{kept.root}/up/etc", "notes", "\0"):
        response = await kept.http.post(f"{kept.url}/sources", json={"kind": "folder", "path": path})
        assert (response.status_code, response.json()["code"]) in [
            (403, "folder_not_allowed"),
            (422, "invalid_request"),
        ]
    response = await kept.http.post(f"{kept.url}/sources", json={"kind": "folder", "path": f"{tmp_path}/none"})
    assert (response.status_code, response.json()["code"]) == (409, "source_unavailable")
    body = {"kind": "folder", "path": str(kept.root), "watch": False}
    assert (await kept.http.post(f"{kept.url}/sources", json=body)).status_code == 201
    again = await kept.http.post(f"{kept.url}/sources", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "source_exists")


async def test_no_folder_is_allowed_by_default(http: Any, url: str, tmp_path: Path) -> None:
    response = await http.post(f"{url}/sources", json={"kind": "folder", "path": str(tmp_path)})
    assert (response.status_code, response.json()["code"]) == (403, "folder_not_allowed")
    assert "set SOURCE_FOLDERS" in response.json()["detail"]
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/sync")):
        response = await http.request(method, f"{url}/sources/{uuid4()}{path}")
        assert (response.status_code, response.json()["code"]) == (404, "source_not_found")


async def test_all_sources_are_synced_in_one_batch(kept: Kept) -> None:
    kept.write("one/ferry.txt", FERRY)
    kept.write("two/boat.txt", BOAT)
    for name in ("one", "two"):
        await kept.added(kind="folder", path=str(kept.root / name))
    response = await kept.http.post(f"{kept.url}/sources/sync")
    assert response.status_code == 202
    batch = await kept.ended(response.json()["batch_id"])
    assert (len(response.json()["jobs"]), batch["counts"]) == (2, {"done": 4})
    assert sorted(await kept.documents()) == ["boat.txt", "ferry.txt"]
