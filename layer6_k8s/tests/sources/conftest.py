"""A library that is kept in step with sources, and a client that waits for syncs."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.library import Reader
from tests.sources.site import Site

ENDED_SECONDS = 60.0


class Kept(Reader):
    """A client of a library with sources; `root` is below SOURCE_FOLDERS."""

    root: Path

    async def added(self, **body: Any) -> str:
        """The id of a new source, which is not watched unless the test says so."""
        response = await self.http.post(f"{self.url}/sources", json={"watch": False, "delete_after_seconds": 0} | body)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    async def synced(self, source_id: str, **params: Any) -> dict[str, Any]:
        """What a sync did, once all jobs of its batch have ended; asserts that it succeeded."""
        job = await self.sync(source_id, **params)
        assert job["state"] == "done", job
        return await self.counts(source_id)

    async def sync(self, source_id: str, **params: Any) -> dict[str, Any]:
        """The job of a sync, once it and the jobs that it has added have ended."""
        response = await self.http.post(f"{self.url}/sources/{source_id}/sync", params=params)
        assert response.status_code == 202, response.text
        await self.ended(response.json()["batch_id"])
        return dict(await self.get(f"/jobs/{response.json()['jobs'][0]['id']}"))

    async def ended(self, batch_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + ENDED_SECONDS
        while (batch := await self.get(f"/jobs/batches/{batch_id}"))["waiting"]:
            assert time.monotonic() < deadline, f"the batch has not ended: {batch}"
            await anyio.sleep(0.05)
        return dict(batch)

    async def counts(self, source_id: str) -> dict[str, Any]:
        """Without zeros."""
        source = await self.get(f"/sources/{source_id}")
        return {name: count for name, count in source["counts"].items() if count}

    async def documents(self) -> dict[str, dict[str, Any]]:
        """By file name."""
        return {document["filename"]: document for document in (await self.get("/documents"))["documents"]}

    async def until(self, condition: Callable[[dict[str, dict[str, Any]]], bool]) -> dict[str, dict[str, Any]]:
        """The documents, once they are as the condition says."""
        deadline = time.monotonic() + ENDED_SECONDS
        while not condition(documents := await self.documents()):
            assert time.monotonic() < deadline, f"the documents are still {documents}"
            await anyio.sleep(0.05)
        return documents

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture
def kept(http: Any, serve: Callable[..., str], tmp_path: Path) -> Kept:
    client = Kept(
        http,
        serve(
            use_rag=True,
            source_folders=(tmp_path,),
            fetch_allowed_hosts=("127.0.0.1",),
            fetch_seconds=5,
            max_upload_bytes=200_000,
        ),
    )
    client.root = tmp_path / "notes"
    client.root.mkdir()
    return client


@pytest.fixture
def site(start: Callable[..., Any]) -> Any:
    """A web server whose pages a test writes."""
    site = Site()
    with start(site.app) as site.url:
        yield site
