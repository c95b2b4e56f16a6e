"""The documents of an evaluation in the layer under test, and what that layer finds and says about them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx2

from mystack.client import explain, refuse_unusable
from mystack.evaluate.questions import Document
from mystack.project import Refusal

Mode = Literal["hybrid", "dense", "sparse"]
TOP_K = 5


@dataclass(frozen=True)
class Passage:
    """A hit or a cited quote: the name of its document, its characters there, and its text."""

    document: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Reply:
    """An answer of /chat: its text, the passages it cites by marker, and the reason if it is a refusal."""

    response: str
    cited: Mapping[int, Passage]
    refusal: str | None


class Library:
    """Uploads, asks, and takes away again what it uploaded. Safe to use from several threads while asking.

    With `shared`, the layer may hold other documents: questions are limited to ours, and one of ours that was there
    already stays there.
    """

    def __init__(self, client: httpx2.Client, *, shared: bool) -> None:
        self._client = client
        self._shared = shared
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._stays: set[str] = set()
        self.texts: dict[str, str] = {}
        """The stored text of each document that was read back, by the document's name."""

    def upload(self, document: Document) -> None:
        """Put one document into the layer."""
        file = (Path(document.name).name, document.data)
        body = _answered(self._client.post("/documents/upload", files={"file": file})).json()
        self._ids[document.name] = body["id"]
        self._names[body["id"]] = document.name
        if body["duplicate"]:
            self._stays.add(document.name)

    def read_back(self, document: Document) -> None:
        """Keep the text that the layer stored of it."""
        answer = _answered(self._client.get(f"/documents/{self._ids[document.name]}/text"))
        self.texts[document.name] = answer.json()["text"]

    def chunks(self, document: Document) -> list[str]:
        """The texts of its first chunks, at most 200."""
        path = f"/documents/{self._ids[document.name]}/chunks"
        return [it["text"] for it in _answered(self._client.get(path, params={"limit": 200})).json()["chunks"]]

    def remove(self, names: Iterable[str]) -> None:
        """Delete those documents from the layer; questions no longer look at those that stay."""
        for name in list(names):
            id = self._ids.pop(name)
            if name not in self._stays:
                _answered(self._client.delete(f"/documents/{id}"))

    def clear(self) -> None:
        """Delete everything that was uploaded here."""
        self.remove(self._ids)

    def search(self, question: str, mode: Mode) -> Sequence[Passage]:
        """The first five hits, best first."""
        body = {"query": question, "top_k": TOP_K, "mode": mode} | self._limits()
        hits = _answered(self._client.post("/search", json=body)).json()["hits"]
        return [self._passage(hit, hit["text"]) for hit in hits]

    def chat(self, question: str) -> Reply:
        """The whole answer."""
        body = _answered(self._client.post("/chat", json={"message": question} | self._limits())).json()
        cited = {source["marker"]: self._passage(source, source["quote"]) for source in body["sources"]}
        return Reply(body["response"], cited, body["refusal"])

    def _limits(self) -> dict[str, list[str]]:
        return {"document_ids": list(self._ids.values())} if self._shared else {}

    def _passage(self, found: Mapping[str, Any], text: str) -> Passage:
        name = self._names.get(found["document_id"], found["filename"])
        return Passage(name, found["start"], found["end"], text)


def _answered(response: httpx2.Response) -> httpx2.Response:
    refuse_unusable(response)
    if not response.is_success:
        raise Refusal(f"{response.request.method} {response.request.url.path} failed: {explain(response)}")
    return response
