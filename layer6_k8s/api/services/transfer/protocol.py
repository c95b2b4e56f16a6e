"""The protocol by which another process exports and imports stored documents.

A request is a line of JSON, and so is each response; `bytes` announces the length of the data that follows the line.

    {"do": "about"}                            → {"space": [name, dimension] or null, "remarks": [sentence, …]}
    {"do": "list"}                             → {"documents": [[id, file name, sha256, chunks, imported], …]}
    {"do": "read", "ids": […]}                 → for each {"bytes": n} and a stored document, or {"gone": true}
    {"do": "checksums", "ids": […]}            → for each {"document": …, "chunks": {id: …}, …}, or {"gone": true}
    {"do": "sample", "chunks": {id: [index, …]}} → for each index {"text": …, "bytes": n} and its dense vector, or
                                                 {"gone": true}
    {"do": "search", "words": …, "bytes": n}   → {"hits": [[chunk id, score, dense score, sparse score], …]}
    {"do": "use", "space": [name, dimension]}  → {}
    {"do": "begin"}                            → {}
    {"do": "import", "replaces": id, "bytes": n} → {}, or {"refused": reason}
    {"do": "remove", "ids": […]}               → {}
    {"do": "finish"}                           → {}

A failure is answered by {"error": sentence}, and the process ends.
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

Response = tuple[dict[str, Any], bytes]
"""The line, as an object, and the data that follows it."""


@dataclass(frozen=True)
class DocumentSummary:
    """A stored document. `imported`: a migration brought it."""

    id: UUID
    filename: str
    sha256: str
    chunks: int
    imported: bool


class ExportSource(Protocol):
    """Reads stored documents. All methods raise `StoreUnavailable`."""

    async def describe(self) -> tuple[Space | None, Sequence[str]]:
        """The embedding space of the stored vectors, None while there are none; and remarks for the user."""
        ...

    async def summaries(self) -> Sequence[DocumentSummary]:
        """All documents, newest first."""
        ...

    async def read(self, document_id: UUID) -> StoredDocument | None:
        """The document with its vectors; None when it is not stored."""
        ...

    async def search(self, query: Query) -> list[Hit]: ...


class ImportTarget(ExportSource, Protocol):
    """Also stores documents. All methods raise `StoreUnavailable`."""

    async def use(self, space: Space) -> None:
        """Choose the embedding space of the vectors that are read and imported from now on."""
        ...

    async def begin(self) -> None:
        """Prepare for imports. Raises a `MyStackError` when the store cannot take vectors of this space."""
        ...

    async def import_document(self, new: NewDocument, replaces: UUID | None) -> str | None:
        """Publish the document and mark it as imported; returns the reason when the store refuses it."""
        ...

    async def remove(self, document_id: UUID) -> None:
        """Raises `DocumentNotFound`."""
        ...

    async def finish(self) -> None:
        """Called after the last import."""
        ...


def serve(target: AbstractAsyncContextManager[ImportTarget], requests: int, responses: int) -> int:
    """Respond until there are no more requests or one fails; closes both descriptors. Returns the exit status."""
    with open(requests, "rb") as incoming, open(responses, "wb") as outgoing:
        try:
            asyncio.run(_serve(target, incoming, outgoing))
        except MyStackError as error:
            _send(outgoing, json.dumps({"error": error.detail}).encode() + b"\n")
            return 1
        except BrokenPipeError:
            return 1  # the client has gone
    return 0


async def _serve(opened: AbstractAsyncContextManager[ImportTarget], incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    async with opened as target:
        server = TransferServer(target)
        while request_line := await asyncio.to_thread(incoming.readline):
            request = json.loads(request_line)
            data = await asyncio.to_thread(incoming.read, request.get("bytes", 0))
            async for head, payload in server.responses(request, data):
                line = head | ({"bytes": len(payload)} if payload else {})
                await asyncio.to_thread(_send, outgoing, json.dumps(line).encode() + b"\n" + payload)


class TransferServer:
    """Responds to one client, one request after the other."""

    def __init__(self, target: ImportTarget) -> None:
        self.target = target

    async def responses(self, request: Mapping[str, Any], data: bytes) -> AsyncIterator[Response]:
        """One response, or one for each of the request's ids."""
        match request["do"]:
            case "about":
                space, remarks = await self.target.describe()
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
                yield await self._write(request, data), b""

    async def _write(self, request: Mapping[str, Any], data: bytes) -> dict[str, Any]:
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
                        continue  # removed already
            case "finish":
                await self.target.finish()
        return {}


def _send(outgoing: IO[bytes], data: bytes) -> None:
    outgoing.write(data)
    outgoing.flush()


def _sample(stored: StoredDocument | None, index: int) -> Response:
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
