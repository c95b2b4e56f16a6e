"""What is compared: a system takes documents and finds passages in them. Ours is a running layer, called over HTTP."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx2

from benchmarks.peers.worker import HITS, Hit
from mystack.client import connected, explain
from mystack.fresh import fresh_server
from mystack.ingest import upload_file
from mystack.project import Layer

CONCURRENT_UPLOADS = 2
"""The default of `mystack ingest`."""


class SystemFailed(Exception):
    """A system could not do its work; the message says why, in one sentence."""


@dataclass(frozen=True)
class Ingested:
    """The seconds it took, and the names of the rejected files, each with the reason."""

    seconds: float
    refused: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """The hits of one question, best first, and the seconds they took."""

    seconds: float
    hits: Sequence[Hit]


class System(Protocol):
    """A retrieval system. Both methods raise `SystemFailed`."""

    def ingest(self, files: Sequence[Path]) -> Ingested: ...

    def search(self, questions: Sequence[str]) -> Sequence[Found]: ...


class MyStack:
    """A running layer: uploads like `mystack ingest`, then `POST /search`, one question at a time."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def ingest(self, files: Sequence[Path]) -> Ingested:
        begun = time.perf_counter()
        with ThreadPoolExecutor(CONCURRENT_UPLOADS) as pool:
            uploads = list(pool.map(lambda file: upload_file(self._client, file), files))
        seconds = time.perf_counter() - begun
        refused = {upload.path.name: upload.reason for upload in uploads if upload.outcome == "failed"}
        return Ingested(seconds, refused)

    def search(self, questions: Sequence[str]) -> Sequence[Found]:
        return [self._found(question) for question in questions]

    def _found(self, question: str) -> Found:
        begun = time.perf_counter()
        response = self._client.post("/search", json={"query": question, "top_k": HITS})
        hits = response.json().get("hits")
        seconds = time.perf_counter() - begun
        if hits is None:
            raise SystemFailed(f"/search: {explain(response)}")
        return Found(seconds, [(hit["filename"], hit["text"]) for hit in hits])


@contextmanager
def mystack_system(layer: Layer) -> Iterator[System]:
    """The layer with empty stores, ready for requests."""
    with fresh_server(layer) as server, connected(server.url, None) as client:
        yield MyStack(client)
