"""The caches in Redis: the same question is answered from memory, never with what a write has changed."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import numpy as np
import pytest
import redis

from api.adapters.redis import cache as module
from api.adapters.redis.cache import PREFIX, RedisCache
from api.config import Settings
from api.main import create_app
from api.services.caching.vectors import CachedQueries
from api.services.embedding import vector_cache
from api.services.embedding.embeddings import Space
from tests.library import Reader

FERRY = "The ferry to Lindholm leaves at seven."
QUESTION = "When does the ferry to Lindholm leave?"


@pytest.fixture
def empty(valkey: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(module, "SECONDS", 10.0)  # a busy machine is no Redis that is away
    redis.Redis.from_url(valkey).flushall()
    return valkey


@dataclass
class Services:
    """Two services on one database: `writer` runs its jobs itself, `cached` has a cache in Redis."""

    writer: Reader
    cached: Reader
    redis: str


@pytest.fixture
def services(
    http: httpx2.AsyncClient, needs: Callable[[], dict[str, Any]], start: Callable[..., Any], empty: str
) -> Iterator[Services]:
    given = needs() | {"llm_provider": "extractive", "use_rag": True}
    with (
        start(create_app(Settings(_env_file=None, **given))) as writer,
        start(create_app(Settings(_env_file=None, **given, redis_url=empty))) as cached,
    ):
        yield Services(Reader(http, writer), Reader(http, cached), empty)


@pytest.fixture
async def cache(empty: str) -> AsyncIterator[RedisCache]:
    cache = RedisCache(empty, 60, most_entries=3)
    yield cache
    await cache.close()


async def test_values_are_bounded_in_number_and_size(cache: RedisCache, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        await cache.put(f"key {number}", b"%d" % number)
    assert [await cache.get(f"key {number}") for number in range(5)] == [None, None, b"2", b"3", b"4"]
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    await cache.put("long", bytes(11))
    assert await cache.get("long") is None
    assert all(0 < ttl <= 60 for ttl in [await cache.redis.ttl(PREFIX + f"key {number}") for number in (2, 3, 4)])


async def test_a_redis_that_is_away_costs_one_attempt_and_no_error() -> None:
    cache = RedisCache("redis://127.0.0.1:1/0", 60)
    for _ in range(200):
        assert await cache.get("key") is None
        await cache.put("key", b"value")
    assert cache.asked == 1
    assert "nothing is cached" in await cache.check()


class Embedder:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.current = Space("one", 3)

    async def space(self) -> Space:
        return self.current

    async def embed_query(self, text: str) -> Any:
        self.calls.append(text)
        return np.full(self.current.dimension, len(self.calls), dtype=np.float32)

    async def embed_documents(self, texts: Any) -> Any:
        raise AssertionError("documents are not cached")


async def test_a_vector_is_found_again_in_its_own_space_only(cache: RedisCache) -> None:
    embedder = Embedder()
    queries = CachedQueries(embedder, cache)
    first, again = await queries.embed_query("ferry"), await queries.embed_query("ferry")
    assert (first.tolist(), again.tolist(), embedder.calls) == ([1, 1, 1], [1, 1, 1], ["ferry"])
    embedder.current = Space("two", 4)
    assert (await queries.embed_query("ferry")).tolist() == [2, 2, 2, 2]
    await cache.redis.flushall()
    await cache.put("unrelated", b"x")
    assert (await queries.embed_query("ferry")).tolist() == [3, 3, 3, 3]


async def test_a_vector_of_the_wrong_length_is_none(cache: RedisCache) -> None:
    embedder = Embedder()
    queries = CachedQueries(embedder, cache)
    await queries.embed_query("ferry")
    (key,) = await cache.redis.keys(PREFIX + "vector:*")
    await cache.redis.set(key, b"short")
    assert (await queries.embed_query("ferry")).tolist() == [2, 2, 2]


async def hits(reader: Reader) -> int:
    health = (await reader.http.get(f"{reader.url}/health")).json()
    (entry,) = [each for each in health["dependencies"] if each["name"] == "cache"]
    return int(entry["reason"].split()[0])


async def test_the_same_question_gets_the_same_answer_from_the_cache(services: Services) -> None:
    await services.writer.uploaded(FERRY)
    first, again = [await services.cached.post("/chat", message=QUESTION) for _ in range(2)]
    own = ("cached", "latency_ms", "request_id", "conversation_id", "message_id")
    assert {name: value for name, value in again.items() if name not in own} == {
        name: value for name, value in first.items() if name not in own
    }
    assert FERRY in first["response"]
    assert again["request_id"] != first["request_id"]
    keys = redis.Redis.from_url(services.redis).keys(PREFIX + "answer:*")
    assert len(keys) == 1


async def test_an_answer_from_the_cache_says_so(services: Services) -> None:
    await services.writer.uploaded(FERRY)
    first, again = [await services.cached.post("/chat", message=QUESTION) for _ in range(2)]
    assert (first["cached"], again["cached"]) == (False, True)
    done = await streamed(services.cached)
    assert (done["cached"], done["response"]) == (True, first["response"])
    for answer in (first, again, done):
        stored = await services.cached.get(f"/conversations/{answer['conversation_id']}")
        assert stored["messages"][1]["answer"]["cached"] == answer["cached"]
    await services.writer.uploaded("The ferry to Lindholm leaves at nine from May on.", "other.txt")
    assert [(await streamed(services.cached))["cached"] for _ in range(2)] == [False, True]


async def test_openais_route_answers_the_same_from_the_cache(services: Services) -> None:
    await services.writer.uploaded(FERRY)
    messages = [{"role": "user", "content": QUESTION}]
    first, again = [await services.cached.post("/v1/chat/completions", messages=messages) for _ in range(2)]
    assert await hits(services.cached) == 1
    own = {"id": "", "created": 0}
    assert again | own == first | own
    assert "cached" not in again


async def streamed(reader: Reader) -> dict[str, Any]:
    """The answer in the `done` event of a stream."""
    stream = await reader.http.post(f"{reader.url}/chat/stream", json={"message": QUESTION})
    done: dict[str, Any] = json.loads(stream.text.partition("event: done\ndata: ")[2])
    return done


async def test_a_search_says_that_its_vector_came_from_redis(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_cache, "MAX_TEXT_CHARS", 0)  # nothing is kept in the process
    await services.writer.uploaded(FERRY)
    first, again = [await services.cached.post("/search", query=QUESTION) for _ in range(2)]
    assert (first["latency_ms"]["cached"], again["latency_ms"]["cached"]) == (False, True)


async def test_an_answer_from_before_a_write_is_never_given_after_it(services: Services) -> None:
    document = await services.writer.uploaded(FERRY)
    for _ in range(2):
        assert FERRY in (await services.cached.post("/chat", message=QUESTION))["response"]
    await services.writer.uploaded("The ferry to Lindholm leaves at nine from May on.", "other.txt")
    both = await services.cached.post("/chat", message=QUESTION)
    assert {source["filename"] for source in both["sources"]} == {"note.txt", "other.txt"}
    await services.writer.delete(document["id"])
    left = await services.cached.post("/chat", message=QUESTION)
    assert [source["filename"] for source in left["sources"]] == ["other.txt"]


@pytest.mark.parametrize(
    "more",
    [
        {"history": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello."}]},
        {"top_k": 1},
        {"filters": {"team": 1}},
        {"on_no_evidence": "answer"},
    ],
)
async def test_a_question_that_differs_in_anything_is_answered_anew(services: Services, more: dict[str, Any]) -> None:
    await services.writer.uploaded(FERRY)
    await services.cached.post("/chat", message=QUESTION)
    before = redis.Redis.from_url(services.redis).keys(PREFIX + "answer:*")
    answer = await services.cached.post("/chat", message=QUESTION, **more)
    assert (answer["sources"] == []) == ("filters" in more)
    assert before != redis.Redis.from_url(services.redis).keys(PREFIX + "answer:*") or "history" in more


async def test_an_answer_of_other_settings_is_never_given(
    http: httpx2.AsyncClient, needs: Callable[[], dict[str, Any]], start: Callable[..., Any], empty: str
) -> None:
    given = needs() | {"llm_provider": "extractive", "use_rag": True}
    cached = given | {"redis_url": empty}
    with start(create_app(Settings(_env_file=None, **given))) as writer:
        for number in range(3):
            await Reader(http, writer).uploaded(f"{FERRY[:-1]} from pier {number}.", f"{number}.txt")
    sources = []
    for top_k in (3, 1, 3):
        with start(create_app(Settings(_env_file=None, **cached, top_k=top_k))) as url:
            answer = await Reader(http, url).post("/chat", message=QUESTION)
            sources.append([source["filename"] for source in answer["sources"]])
    assert sources[0] == sources[2]
    assert len(sources[0]) > len(sources[1]) == 1
    assert len(redis.Redis.from_url(empty).keys(PREFIX + "answer:*")) == 2


async def test_what_a_model_writes_is_not_kept(
    http: httpx2.AsyncClient, needs: Callable[[], dict[str, Any]], start: Callable[..., Any], empty: str, scripted: Any
) -> None:
    scripted.says("At seven.")
    given = needs() | scripted.settings | {"use_rag": True}
    with start(create_app(Settings(_env_file=None, **given, redis_url=empty))) as url:
        reader = Reader(http, url)
        await reader.post("/chat", message=QUESTION)
        assert redis.Redis.from_url(empty).keys(PREFIX + "answer:*") == []
        assert await hits(reader) == 0


async def test_without_its_redis_the_service_answers(
    http: httpx2.AsyncClient, settings: Callable[..., Settings], start: Callable[..., Any]
) -> None:
    with start(create_app(settings(redis_url="redis://127.0.0.1:1/0", llm_provider="extractive"))) as url:
        answer = await Reader(http, url).post("/chat", message=QUESTION, use_rag=True)
        assert answer["refusal"] == "no_documents"
