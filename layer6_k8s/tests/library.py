"""Fixtures and helpers of the tests about documents."""

import io
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import httpx2
import pytest

from api.config import Settings
from api.main import create_app
from tests.models.tiny import minilm_folder
from tests.servers.running import eventually
from tests.stores.opened import Opened, opened

ACCEPTED = (200, 201, 202)
"""Statuses of an upload that was accepted: stored already, stored now, or still to be processed."""
READY_SECONDS = 60.0


class Reader:
    """A client that uploads, searches and asks, at an address."""

    def __init__(self, http: httpx2.AsyncClient, url: str) -> None:
        self.http = http
        self.url = url

    async def upload(self, content: str | bytes, name: str = "note.txt", **form: Any) -> httpx2.Response:
        data = content.encode() if isinstance(content, str) else content
        fields = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in form.items()}
        return await self.http.post(
            f"{self.url}/documents/upload", files={"file": (name, io.BytesIO(data))}, data=fields
        )

    async def uploaded(self, content: str | bytes, name: str = "note.txt", **form: Any) -> dict[str, Any]:
        """The document, once it is ready: whether the service processes uploads at once or later."""
        return await self.ready(await self.upload(content, name, **form))

    async def ready(self, response: httpx2.Response) -> dict[str, Any]:
        """The document of an accepted upload, once it is ready."""
        assert response.status_code in ACCEPTED, response.text
        document, deadline = dict(response.json()), time.monotonic() + READY_SECONDS
        while document["status"] != "ready":
            assert document["status"] != "failed", document
            assert time.monotonic() < deadline, f"{document['filename']} did not become ready"
            await anyio.sleep(0.02)
            document |= await self.get(f"/documents/{document['id']}")
        return document

    async def get(self, path: str, **params: Any) -> Any:
        response = await self.http.get(self.url + path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, **body: Any) -> Any:
        response = await self.http.post(self.url + path, json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def delete(self, document_id: str) -> int:
        return (await self.http.delete(f"{self.url}/documents/{document_id}")).status_code

    async def hits(self, query: str, **body: Any) -> list[dict[str, Any]]:
        found = await self.post("/search", query=query, **body)
        return list(found["hits"])

    async def holds(self, source: dict[str, Any]) -> bool:
        """Whether the quote of a source is the stored text at its offsets."""
        part = await self.get(f"/documents/{source['document_id']}/text", start=source["start"], end=source["end"])
        return bool(part["text"] == source["quote"])


def ready(client: httpx2.Client, response: httpx2.Response) -> dict[str, Any]:
    """As `Reader.ready`, for a blocking client whose base URL is the layer's address."""
    assert response.status_code in ACCEPTED, response.text
    path = f"/documents/{response.json()['id']}"
    eventually(lambda: client.get(path).json()["status"] == "ready", READY_SECONDS)
    return dict(client.get(path).json())


@pytest.fixture(scope="session")
def library(settings: Callable[..., Settings], start: Callable[..., Any]) -> Iterator[str]:
    """The address of the layer with its real embedding model and no language model; shared by all tests.

    A test that must not see other documents limits its requests to its own.
    """
    real = settings(llm_provider="extractive", embedding_path=minilm_folder(), use_rag=True, parse_processes=2)
    with start(create_app(real)) as address:
        yield address


@pytest.fixture
def reader(http: httpx2.AsyncClient, library: str) -> Reader:
    """A client of the shared library."""
    return Reader(http, library)


@pytest.fixture
def alone(http: httpx2.AsyncClient, serve: Callable[..., str]) -> Reader:
    """A client of an empty library of its own, with a model whose vectors mean nothing."""
    return Reader(http, serve(llm_provider="extractive", use_rag=True))


@pytest.fixture
async def harness(stores: Callable[[], dict[str, Any]]) -> AsyncIterator[Opened]:
    """Empty stores, opened as the service opens them, without the service."""
    async with opened(stores()) as harness:
        yield harness
