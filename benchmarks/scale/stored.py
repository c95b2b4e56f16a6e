"""Generated chunks, stored and searched by layer 3's own code. Imported only in the layer's folder, by `worker`.

`PostgresTransfer` stores the documents, as in a migration, and `PostgresIndex` searches them.
"""

import importlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from benchmarks.scale.corpus import CHUNKS, Corpus, Ranks, vocabulary

Answer = dict[str, Any]
TOPICS_FILE, QUESTIONS_FILE = "topics.npy", "questions.npy"
REPORT_EVERY = 50
DOCUMENT = 1 << 64
"""A document's id is this plus its number; a chunk's id is its number plus 1."""
SINGLE = 1 << 32
"""Added to the number of a document with a single chunk."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 3600.0
SIZES = """
    SELECT pg_relation_size(indexrelid) FROM pg_index
    WHERE indrelid = 'embeddings'::regclass AND pg_get_indexdef(indexrelid) LIKE '%USING hnsw%'
"""


def api(name: str) -> Any:
    """Import a module of the layer."""
    return importlib.import_module(f"api.{name}")


@asynccontextmanager
async def database() -> AsyncIterator[Any]:
    """The database named by the layer's settings."""
    settings = api("config").Settings()
    open_database = api("capabilities.database").open_database
    async with open_database(settings, connections=2, seconds=SECONDS, write_seconds=SECONDS) as opened:
        yield opened


class BareConnection:
    """The same statements through psycopg on a connection of its own, without pool and event loop."""

    def __init__(self, database: Any) -> None:
        import psycopg
        from pgvector.psycopg import register_vector

        self.connection = psycopg.connect(database.url, autocommit=True)
        register_vector(self.connection)
        self.connection.execute(api("adapters.postgres.database").SESSION)
        self.ms = 0.0

    async def rows(self, query: Any, parameters: Any = None) -> list[Any]:
        begun = time.perf_counter()
        rows = self.connection.execute(query, parameters, binary=True).fetchall()
        self.ms = 1000 * (time.perf_counter() - begun)
        return rows


class StoredChunks:
    """One method per kind of request."""

    def __init__(self, database: Any, folder: Path, on_progress: Callable[[int], None]) -> None:
        self.database = database
        self.folder = folder
        self.on_progress = on_progress
        self.transfer = api("adapters.postgres.documents.transfer").PostgresTransfer(database)

    async def words(self) -> Answer:
        """The whole words of the embedding model's vocabulary, the most frequent first."""
        return {"words": self.vocabulary}

    async def load(self, first: int, last: int) -> Answer:
        """Store documents without an index on their vectors; the seconds count the storing alone."""
        await self.transfer.begin()
        spaces, space = api("adapters.postgres.search.spaces"), await self.transfer.space()
        async with self.database.transaction() as connection:
            await spaces.drop_index(connection, await self.transfer.spaces.active(space))
        seconds = 0.0
        for number in range(first, last):
            new = self.document(number)
            seconds += await self._seconds(self.transfer.import_document(new, None))
            if number % REPORT_EVERY == 0:
                self.on_progress(number)
        return {"seconds": seconds}

    async def index(self) -> Answer:
        """Build the index on all vectors."""
        return {"seconds": await self._seconds(self.transfer.finish())}

    async def insert(self, first: int, last: int) -> Answer:
        """Store documents of one chunk each while the index exists, and remove them (the removal is not timed)."""
        seconds = 0.0
        for number in range(first, last):
            new = self.document(number, 1)
            seconds += await self._seconds(self.transfer.store.publish(new, None))
            await self.transfer.store.remove(new.document.id)
        return {"seconds": seconds}

    async def megabytes(self) -> Answer:
        """The size of the HNSW index."""
        ((size,),) = await self.database.rows(SIZES)
        return {"index": size / 1e6}

    async def search(
        self,
        questions: Sequence[tuple[int, str]],
        mode: str,
        bare: bool = False,
        filters: dict[str, int] | None = None,
        documents: Sequence[int] | None = None,
    ) -> Answer:
        """Search for questions, given as (row of their vector in the file, words): milliseconds and chunks of each."""
        bare_database = self.bare if bare else None
        transfer = self.transfer
        index = api("adapters.postgres.search.index").PostgresIndex(
            bare_database or self.database, spaces=transfer.spaces, space=transfer.space
        )
        ids = None if documents is None else [UUID(int=DOCUMENT + number) for number in documents]
        times, found = [], []
        for row, text in questions:
            sparse = api("services.text.bm25").encode_query(text)
            query = api("services.retrieval.search").Query(self.vectors[row], sparse, 10, mode, filters, ids)
            begun = time.perf_counter()
            hits = await index.search(query)
            elapsed = 1000 * (time.perf_counter() - begun)
            times.append(bare_database.ms if bare_database else elapsed)
            found.append([hit.chunk_id.int - 1 for hit in hits])
        return {"ms": times, "found": found}

    @cached_property
    def bare(self) -> BareConnection:
        return BareConnection(self.database)

    @cached_property
    def vectors(self) -> Any:
        return np.load(self.folder / QUESTIONS_FILE)

    @cached_property
    def vocabulary(self) -> list[str]:
        settings = api("config").Settings()
        return vocabulary(
            api("adapters.embedding.model_files").find_model(settings.embedding_model, settings.embedding_path)
        )

    @cached_property
    def corpus(self) -> Corpus:
        return Corpus(self.vocabulary, np.load(self.folder / TOPICS_FILE))

    @cached_property
    def terms(self) -> Ranks:
        """The term id of each word; 0 for a stop word."""
        term_id, terms = api("services.text.bm25").term_id, api("services.text.terms").terms
        return np.array([term_id(found[0]) if (found := terms(word)) else 0 for word in self.corpus.words])

    def sparse(self, ranks: Ranks) -> Any:
        """The same vector as `encode_document` computes from the text, in a tenth of the time."""
        bm25 = api("services.text.bm25")
        terms = self.terms[ranks]
        terms, counts = np.unique(terms[terms > 0], return_counts=True)
        norm = bm25.K1 * (1 - bm25.B + bm25.B * counts.sum() / bm25.AVERAGE_TERMS)
        weights = (counts * (bm25.K1 + 1) / (counts + norm)).astype(np.float32)
        return bm25.SparseVector(terms.tolist(), weights.tolist())

    def document(self, number: int, chunks: int = CHUNKS) -> Any:
        """A document of the corpus with its first `chunks` chunks."""
        store, corpus = api("services.documents.store"), self.corpus
        ranks = corpus.ranks(number)[:chunks]
        texts = corpus.texts(ranks)
        id = UUID(int=DOCUMENT + number + (SINGLE if chunks < CHUNKS else 0))
        base = 1 + (number * CHUNKS if chunks == CHUNKS else (SINGLE + number) * CHUNKS)
        stored, start = [], 0
        for index, text in enumerate(texts):
            stored.append(
                store.StoredChunk(UUID(int=base + index), id, index, None, start, start + len(text), text, "")
            )
            start += len(text) + 1
        whole = "\n".join(texts)
        document = store.Document(
            id=id,
            filename=f"{number}.txt",
            content_type="text/plain",
            size_bytes=len(whole.encode()),
            sha256=sha256(whole.encode()).hexdigest(),
            pages=None,
            chunks=len(texts),
            created_at=EPOCH + timedelta(seconds=number),
            metadata=corpus.metadata(number),
        )
        return store.NewDocument(
            document, whole, stored, corpus.vectors(number)[:chunks], [self.sparse(row) for row in ranks]
        )

    async def _seconds(self, work: Any) -> float:
        begun = time.perf_counter()
        await work
        return time.perf_counter() - begun
