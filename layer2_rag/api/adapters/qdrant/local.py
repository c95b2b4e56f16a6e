"""Qdrant's local mode: the same client on a folder, in this process, made fast enough for thousands of chunks.

The local mode is written for trials. Three of its properties cost too much here:

- It commits every point to its SQLite file separately and waits about twenty milliseconds for the disk each time:
  uploading a book would take a minute. With a write-ahead log a commit does not wait, and one checkpoint at the end of
  a call makes everything durable. The client has no setting for that, so this file uses its internals.
- It searches by words with a Python loop over every term of every chunk: 75 ms for a thousand chunks. A `WordIndex` in
  memory replaces that, with the same scores.
- It keeps erased chunks in memory, about 6 kB each, until the collection is read again. So it is read again when a
  quarter of its chunks are erased.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from qdrant_client import QdrantClient
from qdrant_client.local.local_collection import LocalCollection
from qdrant_client.local.qdrant_local import QdrantLocal

from api.adapters.qdrant.candidates import best
from api.adapters.qdrant.engine import SCROLL_BATCH, QdrantEngine
from api.adapters.qdrant.points import collection_name, conditions, points, wanted_tags
from api.adapters.qdrant.word_index import Entry, Sparse, WordIndex
from api.services.documents.store import NewDocument, StoreUnavailable
from api.services.embedding.embeddings import Space
from api.services.retrieval.fusion import PREFETCH
from api.services.retrieval.search import Query
from api.services.two_stores.ports import Candidate

MAX_ERASED = 1 / 4
"""Largest share of erased points in memory."""
FEW_ERASED = 256
"""As many erased points do not matter."""


def open_folder(path: Path) -> QdrantClient:
    """A client on the folder. Raises `StoreUnavailable` when another process has it open."""
    try:
        return QdrantClient(path=str(path), force_disable_check_same_thread=True)
    except RuntimeError as error:
        raise StoreUnavailable(f"The folder {path} is in use by another process. Stop it first.") from error


class LocalQdrantEngine:
    """The `Engine` for the local mode; all calls from one thread."""

    name = "Qdrant's local mode"

    def __init__(self, client: QdrantClient) -> None:
        self.client = client
        self.engine = QdrantEngine(client)
        self._words: dict[str, WordIndex] = {}

    def ping(self) -> None:
        self.engine.ping()

    def open(self, space: Space) -> str:
        name = collection_name(space)
        if not self.client.collection_exists(name):
            self.engine.create(name, space.dimension)
        self._prepare(name)
        self._words[name] = self._read_words(name)
        return name

    def put(self, collection: str, new: NewDocument) -> None:
        for batch in points(new):
            self.client.upsert(collection, batch, wait=True)
            for point in batch:
                self._words[collection].put(*_words_of(point))
        self._checkpoint(collection)

    def erase(self, collection: str, document_id: UUID) -> None:
        self.engine.erase(collection, document_id)
        self._words[collection].erase(str(document_id))
        self._checkpoint(collection)
        erased = self._local().collections[collection].deleted
        if FEW_ERASED < erased.sum() > MAX_ERASED * erased.size:
            self._reopen(collection)

    def search(self, collection: str, query: Query) -> list[Candidate]:
        limit = max(PREFETCH, query.top_k)
        dense = {} if query.mode == "sparse" else self._by_meaning(collection, query, limit)
        sparse = {} if query.mode == "dense" else self._by_words(collection, query, limit, scored=dense)
        if query.mode == "hybrid":
            dense |= self._cosines(collection, query, [id for id in sparse if id not in dense])
        return best(query, dense, sparse)

    def counts(self, collection: str) -> Mapping[UUID, int]:
        return self.engine.counts(collection)

    def _by_meaning(self, collection: str, query: Query, limit: int) -> dict[str, float]:
        found = self.client.query_points(
            collection,
            query=query.dense.tolist(),
            using="dense",
            query_filter=conditions(query),
            limit=limit,
            with_payload=False,
        )
        return {str(point.id): point.score for point in found.points}

    def _cosines(self, collection: str, query: Query, ids: Sequence[str]) -> dict[str, float]:
        """The cosines of chunks that the search by meaning did not return."""
        local = self._local().collections[collection]
        vectors = local.vectors["dense"][[local.ids[id] for id in ids]]  # of unit length, as the client stores them
        return dict(zip(ids, (vectors @ query.dense).tolist(), strict=True))

    def _by_words(self, collection: str, query: Query, limit: int, scored: Iterable[str]) -> dict[str, float]:
        """The best chunks by BM25, and the scores of those that the search by meaning returned."""
        ids = None if query.document_ids is None else {str(id) for id in query.document_ids}
        tags = wanted_tags(query.filters)

        def allowed(entry: Entry) -> bool:
            return (ids is None or entry.document_id in ids) and all(entry.tags & set(some) for some in tags)

        return self._words[collection].search(query.sparse, limit, allowed, scored)

    def _read_words(self, collection: str) -> WordIndex:
        words = WordIndex()
        offset: Any = None
        while True:
            records, offset = self.client.scroll(
                collection, limit=SCROLL_BATCH, offset=offset, with_payload=True, with_vectors=["sparse"]
            )
            for record in records:
                words.put(*_words_of(record))
            if offset is None:
                return words

    def _reopen(self, name: str) -> None:
        """Open the collection's file again, without the erased points."""
        local = self._local()
        old = local.collections[name]
        old.close()
        local.collections[name] = LocalCollection(old.config, local._collection_path(name), True)
        self._prepare(name)

    def _prepare(self, name: str) -> None:
        """Set a write-ahead log, and single precision: vectors are stored in it, but read in double precision."""
        self._connection(name).execute("PRAGMA journal_mode = WAL")
        self._connection(name).execute("PRAGMA synchronous = NORMAL")
        vectors = self._local().collections[name].vectors
        vectors["dense"] = vectors["dense"].astype(np.float32)

    def _checkpoint(self, collection: str) -> None:
        """Wait until all writes so far are on the disk."""
        self._connection(collection).execute("PRAGMA wal_checkpoint(FULL)")

    def _connection(self, collection: str) -> sqlite3.Connection:
        storage = self._local().collections[collection].storage
        if storage is None:
            raise TypeError("LocalQdrantEngine needs a client on a folder, not in memory")
        return storage.storage

    def _local(self) -> QdrantLocal:
        local = self.client._client
        if not isinstance(local, QdrantLocal):
            raise TypeError("LocalQdrantEngine needs a client in local mode")
        return local


def _words_of(point: Any) -> tuple[Entry, Sparse]:
    """The parts of a point that the word index holds."""
    return Entry(str(point.id), point.payload["document_id"], frozenset(point.payload["tags"])), point.vector["sparse"]
