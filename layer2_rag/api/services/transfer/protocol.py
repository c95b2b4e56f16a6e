"""The protocol by which another process exports and imports stored documents.

A request is one line of JSON, and so is an answer; a line with `bytes` is followed by that many bytes.

    {"do": "about"}                            → {"space": [name, dimension] or null, "remarks": [sentence, …]}
    {"do": "list"}                             → {"documents": [[id, file name, sha256, chunks, imported?], …]}
    {"do": "read", "ids": […]}                 → for each {"bytes": n} and a stored document, or {"gone": true}
    {"do": "checksums", "ids": […]}            → for each {"document": …, "chunks": {id: …}, …}, or {"gone": true}
    {"do": "sample", "chunks": {id: [index, …]}} → for each index {"text": …, "bytes": n} and its dense vector, or
                                                 {"gone": true}
    {"do": "search", "words": …, "bytes": n}   → {"hits": [[chunk id, score, dense score, sparse score], …]}
    {"do": "use", "space": [name, dimension]}  → {}
    {"do": "begin"}                            → {}
    {"do": "import", "replaces": id, "bytes": n} → {}, or {"refused": why}
    {"do": "remove", "ids": […]}               → {}
    {"do": "finish"}                           → {}

An error is answered with {"error": sentence}, and the process ends.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import IO, Any, Protocol
from uuid import UUID

import numpy as np

from api.errors import MyStackError
from api.services.documents.store import NewDocument
from api.services.embedding.embeddings import Space
from api.services.parsing.errors import DocumentNotFound
from api.services.retrieval.search import Hit, Query
from api.services.text.bm25 import encode_query
from api.services.transfer.codec import Incomplete, StoredDocument, checksums, decode, encode

Answer = tuple[dict[str, Any], bytes]


@dataclass(frozen=True)
class DocumentSummary:
    """A stored document. `imported`: a migration brought it."""

    id: UUID
    filename: str
    sha256: str
    chunks: int
    imported: bool


class ExportSource(Protocol):
    """The documents that are there. All methods raise `StoreUnavailable`."""

    async def about(self) -> tuple[Space | None, Sequence[str]]:
        """The embedding space that the vectors are of, None while there are none; and what should be known first."""
        ...

    async def summaries(self) -> Sequence[DocumentSummary]: ...

    async def read(self, document_id: UUID) -> StoredDocument | None: ...

    async def search(self, query: Query) -> list[Hit]: ...


class ImportTarget(ExportSource, Protocol):
    """A library that documents can be handed in to. All methods raise `StoreUnavailable`."""

    async def use(self, space: Space) -> None:
        """The vectors that are read and handed in from now on are of this space."""
        ...

    async def begin(self) -> None:
        """Documents are about to be handed in. Raises what the store has against vectors of this space."""
        ...

    async def import_document(self, new: NewDocument, replaces: UUID | None) -> str | None:
        """Publish it, and remember that it was carried here; answers with the reason why that cannot be done."""
        ...

    async def remove(self, document_id: UUID) -> None:
        """Raises `DocumentNotFound`."""
        ...

    async def finish(self) -> None:
        """All documents are in."""
        ...


def serve(opening: AbstractAsyncContextManager[ImportTarget], requests: int, answers: int) -> int:
    """Answer requests until there are no more or one fails; the descriptors are closed. Returns an exit status."""
    with open(requests, "rb") as incoming, open(answers, "wb") as outgoing:
        try:
            asyncio.run(_serve(opening, incoming, outgoing))
        except MyStackError as error:
            _send(outgoing, json.dumps({"error": error.detail}).encode() + b"\n")
            return 1
        except BrokenPipeError:
            return 1  # nobody listens any more
    return 0


async def _serve(opening: AbstractAsyncContextManager[ImportTarget], incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    async with opening as target:
        server = TransferServer(target)
        while line := await asyncio.to_thread(incoming.readline):
            request = json.loads(line)
            data = await asyncio.to_thread(incoming.read, request.get("bytes", 0))
            async for head, payload in server.answered(request, data):
                said = head | ({"bytes": len(payload)} if payload else {})
                await asyncio.to_thread(_send, outgoing, json.dumps(said).encode() + b"\n" + payload)


class TransferServer:
    """Answers one asker, one request after the other."""

    def __init__(self, target: ImportTarget) -> None:
        self.target = target

    async def answered(self, request: Mapping[str, Any], data: bytes) -> AsyncIterator[Answer]:
        match request["do"]:
            case "about":
                space, remarks = await self.target.about()
                yield {"space": space and [space.name, space.dimension], "remarks": list(remarks)}, b""
            case "list":
                rows = [[str(s.id), s.filename, s.sha256, s.chunks, s.imported] for s in await self.target.summaries()]
                yield {"documents": rows}, b""
            case "read":
                for id in request["ids"]:
                    stored = await self.target.read(UUID(id))
                    yield ({"gone": True}, b"") if stored is None else ({}, encode(stored))
            case "checksums":
                for id in request["ids"]:
                    stored = await self.target.read(UUID(id))
                    yield {"gone": True} if stored is None else checksums(stored), b""
            case "sample":
                for id, indices in request["chunks"].items():
                    stored = await self.target.read(UUID(id))
                    for index in indices:
                        yield _sample(stored, index)
            case "search":
                yield {"hits": [_hit(hit) for hit in await self.target.search(_query(request, data))]}, b""
            case _:
                yield await self._written(request, data), b""

    async def _written(self, request: Mapping[str, Any], data: bytes) -> dict[str, Any]:
        match request["do"]:
            case "use":
                await self.target.use(Space(*request["space"]))
            case "begin":
                await self.target.begin()
            case "import":
                replaces = request.get("replaces")
                try:
                    refused = await self.target.import_document(decode(data), UUID(replaces) if replaces else None)
                except (Incomplete, DocumentNotFound) as error:
                    refused = str(error)
                return {"refused": refused} if refused else {}
            case "remove":
                for id in request["ids"]:
                    try:
                        await self.target.remove(UUID(id))
                    except DocumentNotFound:
                        continue  # somebody else was quicker
            case "finish":
                await self.target.finish()
        return {}


def _send(answers: IO[bytes], data: bytes) -> None:
    answers.write(data)
    answers.flush()


def _sample(stored: StoredDocument | None, index: int) -> Answer:
    """The text and the dense vector of a chunk."""
    chunk = next((chunk for chunk in stored.chunks if chunk.index == index), None) if stored else None
    vectors = stored.vectors.get(chunk.id) if stored and chunk else None
    return ({"text": chunk.text}, vectors.dense.tobytes()) if chunk and vectors else ({"gone": True}, b"")


def _query(request: Mapping[str, Any], data: bytes) -> Query:
    ids = request.get("document_ids")
    return Query(
        dense=np.frombuffer(data, "<f4"),
        sparse=encode_query(request["words"]),
        top_k=request["top_k"],
        mode=request["mode"],
        document_ids=None if ids is None else [UUID(id) for id in ids],
    )


def _hit(hit: Hit) -> list[Any]:
    return [str(hit.chunk_id), hit.score, hit.dense_score, hit.sparse_score]
