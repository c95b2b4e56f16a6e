"""Search among thousands of chunks: the recall of the index, and as many hits as requested under a filter."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import pytest
from numpy.typing import NDArray
from pgvector import Vector

from api.adapters.postgres.documents.rows import tag
from api.adapters.postgres.documents.transfer import PostgresTransfer
from api.adapters.postgres.search import statement as search_statement
from api.services.documents.store import Document, NewDocument, StoredChunk
from api.services.retrieval.fusion import SPARSE_WEIGHT
from api.services.retrieval.search import Hit, Query
from api.services.text.bm25 import SparseVector
from tests.embeddings.fake_encoder import DIMENSION
from tests.stores.drafts import space
from tests.stores.faults import Faults
from tests.stores.opened import Opened, opened

DOCUMENTS, CHUNKS, QUESTIONS = 300, 20, 20
TERMS = 50
NAMESPACE = UUID(int=3)
FAR = {"far": True}
"""The half of the documents whose vectors point away from every question."""

random = np.random.default_rng(7)
CENTRES = random.standard_normal((DOCUMENTS, 1, DIMENSION)) + np.where(np.arange(DOCUMENTS) % 2, 1, -1)[:, None, None]
VECTORS = (CENTRES + 0.7 * random.standard_normal((DOCUMENTS, CHUNKS, DIMENSION))).reshape(-1, DIMENSION)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
ASKED = random.standard_normal((QUESTIONS, DIMENSION)) + 1
ASKED /= np.linalg.norm(ASKED, axis=1, keepdims=True)
WORDS = SparseVector([3, 7, 11], [1.0, 1.0, 1.0])


def document(number: int) -> NewDocument:
    """A document whose terms are numbers below TERMS, with metadata to filter by."""
    id = uuid5(NAMESPACE, str(number))
    metadata = {"far": number % 2 == 0, "percent": number % 100}
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    whole = Document(id, f"{number}.txt", "text/plain", 1, sha256, None, CHUNKS, datetime.now(UTC), metadata)
    chunks = [StoredChunk(chunk_id(number * CHUNKS + n), id, n, None, n, n + 1, "x", "") for n in range(CHUNKS)]
    terms = [np.unique(random.integers(TERMS, size=6)).tolist() for _ in range(CHUNKS)]
    weights = [random.uniform(0.5, 2, len(some)).astype(np.float32).tolist() for some in terms]
    sparse = [SparseVector(*pair) for pair in zip(terms, weights, strict=True)]
    rows = slice(number * CHUNKS, (number + 1) * CHUNKS)
    return NewDocument(whole, "x" * CHUNKS, chunks, VECTORS[rows].astype(np.float32), sparse)


def chunk_id(number: int) -> UUID:
    return UUID(int=number + 1)


@pytest.fixture(scope="module")
async def harness(new_database: Callable[..., str]) -> AsyncIterator[Opened]:
    async with opened({"database_url": new_database()}, seconds=60) as opened_stores:
        transfer = PostgresTransfer(opened_stores.database)
        await transfer.use(await space())
        await transfer.begin()
        for number in range(DOCUMENTS):
            assert await transfer.import_document(document(number), None) is None
        await transfer.finish()
        yield opened_stores


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets the sizes that select the plan."""

    def put(**sizes: int) -> None:
        for name, value in sizes.items():
            monkeypatch.setattr(search_statement, name, value)
        search_statement.statement.cache_clear()

    yield put
    monkeypatch.undo()
    search_statement.statement.cache_clear()


async def search(harness: Opened, number: int, mode: Any = "dense", top_k: int = 10, **limits: Any) -> list[Hit]:
    return await harness.index.search(Query(ASKED[number].astype(np.float32), WORDS, top_k, mode, **limits))


async def recall(harness: Opened, left: NDArray[np.bool_], **limits: Any) -> float:
    """Recall@10 among the documents that the limits allow; every search must return ten hits."""
    found = 0
    for number in range(QUESTIONS):
        hits = await search(harness, number, **limits)
        assert len(hits) == 10
        cosines = np.where(np.repeat(left, CHUNKS), VECTORS @ ASKED[number], -2)
        found += len({hit.chunk_id for hit in hits} & {chunk_id(n) for n in np.argsort(-cosines)[:10].tolist()})
    return found / (10 * QUESTIONS)


EVERY = np.ones(DOCUMENTS, dtype=bool)
NUMBERS = np.arange(DOCUMENTS)


async def test_the_index_has_a_recall_of_98_percent(harness: Opened) -> None:
    assert DOCUMENTS * CHUNKS > search_statement.EXACT_UP_TO
    assert await recall(harness, EVERY) >= 0.98


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({"filters": {"percent": 7}}, NUMBERS % 100 == 7),
        ({"filters": {"percent": [7, 8, 9]}}, np.isin(NUMBERS % 100, [7, 8, 9])),
        ({"filters": FAR}, NUMBERS % 2 == 0),
        ({"document_ids": [uuid5(NAMESPACE, "150")]}, NUMBERS == 150),
        ({"filters": FAR, "document_ids": [uuid5(NAMESPACE, str(n)) for n in (1, 2, 4)]}, np.isin(NUMBERS, [2, 4])),
    ],
)
async def test_a_filter_that_allows_few_chunks_has_full_recall(
    harness: Opened, limits: Any, left: NDArray[np.bool_]
) -> None:
    assert await recall(harness, left, **limits) == 1


async def test_under_a_filter_that_allows_many_chunks_the_index_scan_continues(
    harness: Opened, few: Callable[..., None]
) -> None:
    few(EXACT_UP_TO_FILTERED=100)
    assert (
        await recall(harness, np.isin(NUMBERS % 100, range(40, 80)), filters={"percent": list(range(40, 80))}) >= 0.98
    )


async def test_chunks_that_the_index_scan_does_not_reach_are_compared_one_by_one(
    harness: Opened, few: Callable[..., None]
) -> None:
    few(EXACT_UP_TO_FILTERED=100)
    async with harness.database.transaction() as connection:
        await connection.execute("SET LOCAL hnsw.max_scan_tuples = 1")
        text = search_statement.statement(1, DIMENSION, "dense", 10, 1, False)
        vector = Vector(ASKED[0].astype(np.float32))
        parameters = {"dense": vector, "terms": [], "weights": [], "filter_0": [tag("far", True)]}
        rows = await (await connection.execute(text, parameters)).fetchall()
    cosines = np.where(np.repeat(NUMBERS % 2 == 0, CHUNKS), VECTORS @ ASKED[0], -2)
    assert [row[2] for row in rows] == [chunk_id(n) for n in np.argsort(-cosines)[:10].tolist()]


@pytest.mark.parametrize("limits", [{"filters": FAR}, {"filters": {"percent": [7, 8, 9]}}])
async def test_both_plans_of_a_filtered_search_by_words_find_the_same(
    harness: Opened, few: Callable[..., None], limits: Any
) -> None:
    compared = [(hit.chunk_id, hit.score) for hit in await search(harness, 0, "sparse", **limits)]
    few(EXACT_UP_TO_FILTERED=10)
    assert [(hit.chunk_id, hit.score) for hit in await search(harness, 0, "sparse", **limits)] == compared
    assert len(compared) == 10


async def test_the_estimated_number_of_chunks_gives_nearly_the_same_scores(
    harness: Opened, few: Callable[..., None]
) -> None:
    counted = [(hit.chunk_id, hit.score) for hit in await search(harness, 0, "sparse")]
    few(COUNT_UP_TO=0)
    estimated = await search(harness, 0, "sparse")
    assert [hit.chunk_id for hit in estimated] == [id for id, _ in counted]
    assert [hit.score for hit in estimated] == pytest.approx([score for _, score in counted], rel=0.01)


@pytest.mark.parametrize("filters", [0, 1])
async def test_a_hybrid_search_reads_no_large_table_from_end_to_end(harness: Opened, filters: int) -> None:
    text = search_statement.statement(1, DIMENSION, "hybrid", 10, filters, False)
    vector = Vector(ASKED[0].astype(np.float32))
    parameters = {
        "dense": vector,
        "terms": WORDS.indices,
        "weights": WORDS.values,
        "sparse_weight": SPARSE_WEIGHT,
        "filter_0": [tag("percent", 7)],
    }
    async with harness.database.transaction() as connection:
        cursor = await connection.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + text, parameters)
        rows = await cursor.fetchall()
    scanned = {node["Relation Name"] for node in executed(rows[0][0][0]["Plan"]) if node["Node Type"] == "Seq Scan"}
    assert scanned <= {"documents", "embedding_spaces"}


def executed(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The executed nodes of a plan, without the HNSW scan: the planner may prefer to sort so few and short vectors."""
    if node["Actual Loops"] and node.get("Subplan Name") != "CTE approximate":
        yield node
        for below in node.get("Plans", []):
            yield from executed(below)


async def test_each_candidate_of_a_hybrid_search_has_the_scores_of_both_kinds(harness: Opened) -> None:
    for number in range(QUESTIONS):
        dense = {chunk_id(n): cosine for n, cosine in enumerate((VECTORS @ ASKED[number]).tolist())}
        sparse = {hit.chunk_id: hit.score for hit in await search(harness, number, "sparse", top_k=DOCUMENTS * CHUNKS)}
        for hit in await search(harness, number, "hybrid", filters={"percent": number}):
            assert hit.dense_score == pytest.approx(dense[hit.chunk_id], abs=1e-5)
            assert hit.sparse_score == pytest.approx(sparse.get(hit.chunk_id, 0), abs=1e-5)


async def test_a_search_is_one_round_trip(harness: Opened) -> None:
    faults = Faults()
    async with opened({"database_url": harness.database.url}, faults=faults) as counted:
        await search(counted, 0, "hybrid", filters=FAR)
        faults.arm(0, "refused")
        assert len(await search(counted, 0, "hybrid", filters=FAR)) == 10
        taken = faults.calls
        faults.arm(0, "refused")
        await counted.database.rows("SELECT 1")
        assert faults.calls == taken
