"""The documents of an evaluation in the layer under test, and the layer's hits and answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx2

from mystack.client import answered
from mystack.evaluate.questions import Document

Mode = Literal["hybrid", "dense", "sparse"]
TOP_K = 5


@dataclass(frozen=True)
class Passage:
    """A hit or a cited quote: the name of its document, its character offsets, and its text."""

    document: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Reply:
    """An answer of /chat: its text, the cited passages by marker, and the reason if it is a refusal."""

    response: str
    cited: Mapping[int, Passage]
    refusal: str | None


class Library:
    """Uploads documents, asks questions, and deletes the documents again. Questions may come from several threads.

    With `shared`, the layer may hold other documents: questions are limited to the uploaded ones, and a document that
    was there before is not deleted.
    """

    def __init__(self, client: httpx2.Client, *, shared: bool) -> None:
        self._client = client
        self._shared = shared
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._existing: set[str] = set()
        self.texts: dict[str, str] = {}
        """The stored text of each document, by its name; filled by `read_back`."""

    def upload(self, document: Document) -> None:
        """Upload one document."""
        file = (Path(document.name).name, document.data)
        body = answered(self._client.post("/documents/upload", files={"file": file})).json()
        self._ids[document.name] = body["id"]
        self._names[body["id"]] = document.name
        if body["duplicate"]:
            self._existing.add(document.name)

    def read_back(self, document: Document) -> None:
        """Read the text that the layer stored."""
        answer = answered(self._client.get(f"/documents/{self._ids[document.name]}/text"))
        self.texts[document.name] = answer.json()["text"]

    def chunks(self, document: Document) -> list[str]:
        """The texts of the document's first 200 chunks."""
        path = f"/documents/{self._ids[document.name]}/chunks"
        return [chunk["text"] for chunk in answered(self._client.get(path, params={"limit": 200})).json()["chunks"]]

    def remove(self, names: Iterable[str]) -> None:
        """Delete these documents; questions are no longer asked of those that are kept."""
        for name in list(names):
            id = self._ids.pop(name)
            if name not in self._existing:
                answered(self._client.delete(f"/documents/{id}"))

    def clear(self) -> None:
        """Delete all uploaded documents."""
        self.remove(self._ids)

    def search(self, question: str, mode: Mode) -> Sequence[Passage]:
        """The first five hits, best first."""
        body = {"query": question, "top_k": TOP_K, "mode": mode} | self._limits()
        hits = answered(self._client.post("/search", json=body)).json()["hits"]
        return [self._passage(hit, hit["text"]) for hit in hits]

    def chat(self, question: str) -> Reply:
        """The complete answer."""
        body = answered(self._client.post("/chat", json={"message": question} | self._limits())).json()
        cited = {source["marker"]: self._passage(source, source["quote"]) for source in body["sources"]}
        return Reply(body["response"], cited, body["refusal"])

    def _limits(self) -> dict[str, list[str]]:
        return {"document_ids": list(self._ids.values())} if self._shared else {}

    def _passage(self, found: Mapping[str, Any], text: str) -> Passage:
        name = self._names.get(found["document_id"], found["filename"])
        return Passage(name, found["start"], found["end"], text)
