"""What it costs to look at answers again is bounded, and old findings are not shown as new ones."""

import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.adapters.postgres.sampling.profiles import PostgresProfiles
from api.adapters.postgres.sampling.samples import PostgresSamples
from api.adapters.prometheus.registry import PrometheusMetrics
from api.capabilities.database import open_database
from api.config import Settings
from api.main import create_app
from api.services.embedding.encoder_threads import EmbeddingFailed
from api.services.sampling.drift import MEASURES
from api.services.sampling.samples import ANSWERS, Asked, Sample
from api.services.sampling.service import AT_ONCE, SamplingHandler, SamplingService
from tests.library import Reader
from tests.models.tiny import minilm_folder
from tests.sampling.test_samples import FERRY, QUESTION, found, multiplied, service
from tests.upkeep.conftest import Service

__all__ = ["service"]  # a fixture


async def asked(service: Service, times: int) -> None:
    """So many answers, all alike."""
    await service.reader.uploaded(FERRY, "ferry.txt")
    answer = await service.reader.post("/chat", message=QUESTION)
    await multiplied(service, UUID(answer["conversation_id"]), times=times - 1)


async def test_a_share_of_the_answers_is_sampled_always_the_same(service: Service) -> None:
    await asked(service, 400)
    samples = PostgresSamples(service.database)
    tenth, again, third = [
        {answer.message_id for answer in await samples.next(share, 1_000)} for share in (0.1, 0.1, 0.3)
    ]
    assert tenth == again < third
    assert 15 < len(tenth) < 75
    assert await samples.next(0, 1_000) == []


async def test_a_job_looks_at_so_many_answers_and_at_each_once(service: Service) -> None:
    await asked(service, AT_ONCE + 10)
    assert [(await found(service))["samples"] for _ in range(3)] == [AT_ONCE, AT_ONCE + 10, AT_ONCE + 10]


@pytest.mark.parametrize(("share", "times"), [(1.0, 1), (0.0, 0)])
async def test_a_model_is_asked_once_for_each_sampled_answer(
    http: httpx2.AsyncClient,
    settings: Callable[..., Settings],
    start: Callable[..., Any],
    scripted: Any,
    share: float,
    times: int,
) -> None:
    scripted.says(f"{FERRY[:-1]} [1].")
    chosen = settings(**scripted.settings, embedding_path=minilm_folder(), use_rag=True, quality_sample=share)
    with start(create_app(chosen)) as url:
        async with open_database(chosen, connections=2) as database:
            service = Service(Reader(http, url), database)
            await service.reader.uploaded(FERRY, "ferry.txt")
            for _ in range(3):
                await service.reader.post("/chat", message=QUESTION)
            before = len(scripted.bodies)
            for _ in range(2):
                seen = await found(service)
    assert (seen["samples"], len(scripted.bodies) - before) == (3 * times, 3 * times)


async def gauges(service: Service) -> dict[str, float]:
    """The drift that /metrics would show, read now."""
    metrics, jobs = PrometheusMetrics(), Any
    sampling = SamplingService(PostgresSamples(service.database), PostgresProfiles(service.database), jobs, 1)  # type: ignore[arg-type]
    await sampling.measure(metrics)
    return {s.labels["of"]: s.value for s in metrics.samples() if s.name == "mystack_answer_drift"}


async def test_refusals_that_become_more_are_drift_until_the_finding_is_old(service: Service) -> None:
    await asked(service, 120)
    await found(service)  # the reference week
    await service.execute(
        "UPDATE messages SET answer = jsonb_set(answer::jsonb, '{refusal}', '\"nothing_relevant\"')"
        " WHERE role = 'assistant' AND index %% 4 = 1"
    )
    seen = (await found(service))["drift"]
    assert seen["refusal"] > 0.25
    assert seen["language"] < 0.1
    shown = await gauges(service)
    assert shown.keys() == set(MEASURES)
    assert shown["refusal"] == pytest.approx(seen["refusal"])
    await service.execute("UPDATE answer_profiles SET at = at - interval '8 days'")
    assert (await service.reader.get("/quality/answers"))["drift"] == {}
    assert all(math.isnan(value) for value in (await gauges(service)).values())


class Samples:
    """The port `SampleStore`, with three answers."""

    def __init__(self) -> None:
        self.added: list[UUID] = []

    async def next(self, share: float, limit: int) -> Sequence[Asked]:
        now = datetime.now(UTC)
        return [Asked(UUID(int=number), now, "?", (), "", {"refusal": None}, ()) for number in range(3)]

    async def add(self, sample: Sample) -> None:
        self.added.append(sample.message_id)

    async def summary(self) -> Any: ...


class Checker:
    """Cannot check the first answer."""

    async def check(self, asked: Asked) -> Sample:
        if asked.message_id == UUID(int=0):
            raise EmbeddingFailed
        return Sample(asked.message_id, asked.at, 0, 0, 0, 0, 0, False)


class Profiler:
    compared = 0

    async def compare(self) -> None:
        self.compared += 1


async def test_an_answer_that_cannot_be_checked_keeps_no_other_from_being_checked() -> None:
    @asynccontextmanager
    async def checking() -> AsyncIterator[Any]:
        yield Checker()

    store, profiler, data = Samples(), Profiler(), Any
    handler = SamplingHandler(data, store, profiler, checking, 1)  # type: ignore[arg-type]
    claim: Any = type("Claim", (), {"subject": ANSWERS})()
    with pytest.raises(EmbeddingFailed):
        await handler(claim)
    assert store.added == [UUID(int=1), UUID(int=2)]
    assert profiler.compared == 1
