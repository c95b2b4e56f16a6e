"""POST /search."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.library import Reader
from tests.needs import DOCUMENT_STORE, UNREACHABLE

NOTES = {
    "bees.txt": "Honey bees dance to tell where the nectar is. The figure is called the waggle dance.",
    "ships.txt": "The frigate Amalthea sank in 1790 off the coast of Gotland with 42 cannons aboard.",
    "bread.txt": "Sourdough rises because wild yeast and bacteria ferment the flour over many hours.",
}


@pytest.fixture(scope="module")
def notes() -> dict[str, str]:
    """Ids of the uploaded notes, filled by the first test that needs them."""
    return {}


@pytest.fixture
async def shelf(reader: Reader, notes: dict[str, str]) -> dict[str, str]:
    if not notes:
        for name, text in NOTES.items():
            notes[name] = (await reader.uploaded(text, name, metadata={"shelf": "search"}))["id"]
    return notes


@pytest.mark.parametrize("mode", ["hybrid", "dense"])
async def test_a_paraphrase_is_found_by_meaning(reader: Reader, shelf: dict[str, str], mode: str) -> None:
    hits = await reader.hits("Why does dough with natural leaven grow?", mode=mode, filters={"shelf": "search"})
    assert hits[0]["document_id"] == shelf["bread.txt"]


@pytest.mark.parametrize("mode", ["hybrid", "sparse"])
async def test_a_name_is_found_by_its_words(reader: Reader, shelf: dict[str, str], mode: str) -> None:
    hits = await reader.hits("Amalthea 1790", mode=mode, filters={"shelf": "search"})
    assert hits[0]["document_id"] == shelf["ships.txt"]


async def test_a_hit_has_all_documented_fields(reader: Reader, shelf: dict[str, str]) -> None:
    found = await reader.post("/search", query="waggle dance", filters={"shelf": "search"}, top_k=2)
    assert set(found["latency_ms"]) == {"embed", "search", "total", "cached"}
    assert found["latency_ms"]["total"] >= found["latency_ms"]["search"] > 0
    assert len(found["hits"]) == 2
    first, second = found["hits"]
    assert first["score"] >= second["score"]
    assert {key: first[key] for key in ("document_id", "filename", "page", "start", "text")} == {
        "document_id": shelf["bees.txt"],
        "filename": "bees.txt",
        "page": None,
        "start": 0,
        "text": NOTES["bees.txt"],
    }
    assert first["dense_score"] > 0.3
    assert first["sparse_score"] > 0
    [chunk] = (await reader.get(f"/documents/{shelf['bees.txt']}/chunks"))["chunks"]
    assert first["chunk_id"] == chunk["id"]


async def test_a_search_says_whether_its_vector_was_kept(reader: Reader, shelf: dict[str, str]) -> None:
    first, again = [await reader.post("/search", query="Who carries the lamp oil?") for _ in range(2)]
    assert (first["latency_ms"]["cached"], again["latency_ms"]["cached"]) == (False, True)


async def test_both_scores_are_given_unless_one_kind_alone_was_asked_for(reader: Reader, shelf: dict[str, str]) -> None:
    for mode, kinds in (("hybrid", [True, True]), ("dense", [True, False]), ("sparse", [False, True])):
        hits = await reader.hits("waggle dance", mode=mode, filters={"shelf": "search"}, top_k=3)
        for hit in hits:
            assert [isinstance(hit[kind], float) for kind in ("dense_score", "sparse_score")] == kinds
    bread = await reader.hits("waggle dance", document_ids=[shelf["bread.txt"]])
    assert bread[0]["sparse_score"] == 0.0


async def test_only_some_documents_may_be_searched(reader: Reader, shelf: dict[str, str]) -> None:
    only = [shelf["bees.txt"], shelf["ships.txt"]]
    hits = await reader.hits("bread and yeast", document_ids=only, top_k=50)
    assert {hit["document_id"] for hit in hits} == set(only)
    assert await reader.hits("bread and yeast", document_ids=[]) == []


async def test_a_question_of_stop_words_has_hits_by_meaning_and_none_by_words(
    reader: Reader, shelf: dict[str, str]
) -> None:
    assert await reader.hits("what is it?", filters={"shelf": "search"})
    assert await reader.hits("what is it?", mode="sparse", filters={"shelf": "search"}) == []


@pytest.mark.parametrize("query", ["?", "🜁", "a", "x" * 8000, "'; DROP TABLE documents; --", "$where", "\u202e\u0301"])
async def test_any_text_can_be_searched_for(reader: Reader, shelf: dict[str, str], query: str) -> None:
    await reader.post("/search", query=query, filters={"shelf": "search"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": "x" * 8001},
        {"query": "a\x00b"},
        {"query": "x", "top_k": 0},
        {"query": "x", "top_k": 51},
        {"query": "x", "mode": "magic"},
        {"query": "x", "filters": {"a": None}},
        {"query": "x", "filters": {"a": {"b": 1}}},
        {"query": "x", "filters": {"a": [[1]]}},
        {"query": "x", "filters": {"a": 10**20}},
        {"query": "x", "filters": []},
        {"query": "x", "document_ids": ["no id"]},
        {"query": "x", "document_ids": "0b8f6a52-3c1d-4e7f-9a60-5d2c8b1e4f73"},
    ],
    ids=str,
)
async def test_a_wrong_request_is_422(reader: Reader, body: dict[str, Any]) -> None:
    answer = await reader.http.post(f"{reader.url}/search", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_an_empty_library_has_no_hits(alone: Reader) -> None:
    for mode in ("hybrid", "dense", "sparse"):
        assert await alone.hits("anything", mode=mode) == []


async def test_unreachable_stores_are_503_and_in_the_health_report(
    serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    url = serve(**UNREACHABLE, use_rag=True, llm_provider="extractive")
    answer = await http.post(f"{url}/search", json={"query": "x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert "127.0.0.1" not in answer.json()["detail"]  # no address, no password
    health = (await http.get(f"{url}/health")).json()
    assert [one["name"] for one in health["dependencies"] if one["status"] == "down"] == [DOCUMENT_STORE]
    assert (await http.get(f"{url}/health/live")).status_code == 200


async def test_a_document_is_found_by_the_name_of_its_file(reader: Reader) -> None:
    for name in ("harbour fees Vejle.txt", "harbour fees Lund.txt"):
        await reader.uploaded(f"A berth costs {len(name)} euros a night.", name, metadata={"shelf": "names"})
    hits = await reader.hits("What does a berth in Vejle cost?", filters={"shelf": "names"})
    assert hits[0]["filename"] == "harbour fees Vejle.txt"
