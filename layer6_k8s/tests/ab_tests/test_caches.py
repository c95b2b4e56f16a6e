"""The caches of a service with Redis never give an arm what the settings of the other one have produced."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
import redis
from pydantic import SecretStr

from api.adapters.redis import cache as module
from api.adapters.redis.cache import PREFIX
from api.capabilities.database import open_database
from api.config import Settings
from api.main import create_app
from tests.ab_tests.conftest import GOOD, PROMPT, Lab, arm_of, system_prompt
from tests.jobs.conftest import valkey
from tests.library import Reader
from tests.metrics.conftest import parsed
from tests.models.tiny import minilm_folder

__all__ = ["valkey"]  # a fixture
EACH = 3
"""Answers of each arm at least."""


@pytest.fixture
async def cached(
    http: httpx2.AsyncClient,
    settings: Callable[..., Settings],
    start: Callable[..., Any],
    scripted: Any,
    valkey: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Lab]:
    """A service with a cache; another one, which runs its jobs itself, has stored four documents."""
    monkeypatch.setattr(module, "SECONDS", 10.0)  # a busy machine is no Redis that is away
    redis.Redis.from_url(valkey).flushall()
    scripted.says(GOOD)
    given = settings(**scripted.settings, embedding_path=minilm_folder(), use_rag=True)
    with start(create_app(given)) as writer:
        for number, hour in enumerate(("seven", "eight", "nine", "ten")):
            await Reader(http, writer).uploaded(f"The ferry to Lindholm leaves at {hour}.", f"{number}.txt")
    with start(create_app(given.model_copy(update={"redis_url": SecretStr(valkey)}))) as url:
        async with open_database(given, connections=2) as database:
            yield Lab(Reader(http, url), database, scripted)


async def answers(lab: Lab, test: dict[str, Any], **body: Any) -> dict[str, list[dict[str, Any]]]:
    """By arm, each question in a conversation of its own."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    while min(len(found["champion"]), len(found["other"])) < EACH:
        answer = await lab.ask(**body)
        found[arm_of(test, answer["conversation_id"])].append(answer)
    return found


async def hits(lab: Lab) -> float:
    text = (await lab.reader.http.get(f"{lab.reader.url}/metrics")).text
    return parsed(text).value("mystack_cache_requests_total", cache="answer", result="hit")


def kept(valkey: str) -> int:
    """Answers in the cache."""
    return len(redis.Redis.from_url(valkey).keys(PREFIX + "answer:*"))


def seen(answer: dict[str, Any]) -> tuple[Any, ...]:
    """What an override may change of an answer."""
    scores = tuple(source["score"] for source in answer["sources"])
    return answer["provider"], answer["refusal"], answer["response"], scores


@pytest.mark.parametrize(
    "overrides",
    [{"top_k": 1}, {"sparse_weight": 0.9}, {"answer_threshold": 1.0}, {"top_k": 2, "sparse_weight": 0.0}],
)
async def test_each_arm_gets_its_own_answers_from_the_cache(
    cached: Lab, valkey: str, overrides: dict[str, Any]
) -> None:
    await cached.ask(model="extractive")  # before the test: what the champion answers is in the cache
    test = await cached.begin(overrides)
    found = await answers(cached, test, model="extractive")
    champion, other = ({seen(answer) for answer in found[arm]} for arm in ("champion", "other"))
    assert len(champion) == len(other) == 1, "the answers of an arm are alike"
    assert champion != other, "and the override changes them"
    assert await hits(cached) >= 2 * EACH - 1
    assert kept(valkey) == 2
    await cached.stop(test)
    assert {seen(await cached.ask(model="extractive"))} == champion


async def test_an_arm_with_another_model_shares_no_answer(cached: Lab, valkey: str) -> None:
    await cached.ask(model="extractive")
    found = await answers(cached, await cached.begin({"model": "extractive"}))
    assert {answer["provider"] for answer in found["champion"]} == {"openai"}
    assert {answer["provider"] for answer in found["other"]} == {"extractive"}
    assert len(cached.model.bodies) == len(found["champion"])
    assert kept(valkey) == 1


async def test_an_arm_with_another_prompt_shares_no_answer(cached: Lab, valkey: str) -> None:
    test = await cached.begin({"system_prompt": PROMPT})
    found = await answers(cached, test, model="extractive")
    assert await hits(cached) == len(found["champion"]) - 1
    assert kept(valkey) == 1
    written = await answers(cached, test)
    prompts = [PROMPT in system_prompt(body) for body in cached.model.bodies]
    assert (prompts.count(False), prompts.count(True)) == (len(written["champion"]), len(written["other"]))
