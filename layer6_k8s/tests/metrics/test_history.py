"""The last hour in memory: by series and labels, bounded in time and in number."""

from collections.abc import Callable
from functools import partial

import anyio

from api.config import Settings
from api.services.metrics.history import History, Sample
from api.wiring import build
from tests.servers.running import eventually


def sample(value: float, name: str = "jobs", **labels: str) -> Sample:
    return Sample(name, labels, value)


def test_a_line_has_the_values_of_its_series_in_order() -> None:
    history = History(every=1, kept=60)
    for second in range(3):
        history.keep([sample(second, state="queued"), sample(-second, state="running"), sample(7, "other")], at=second)
    (line,) = history.range("jobs", {"state": "queued"})
    assert (line.labels, line.points) == ({"state": "queued"}, [(0, 0), (1, 1), (2, 2)])
    assert len(history.range("jobs")) == 2
    assert history.range("absent") == []


def test_only_the_seconds_that_are_asked_for_and_those_that_are_kept() -> None:
    history = History(every=1, kept=5)
    assert history.range("jobs") == []
    for second in range(12):
        history.keep([sample(second)], at=second)
    (all_kept,) = history.range("jobs")
    assert [value for _, value in all_kept.points] == [7, 8, 9, 10, 11]
    (last,) = history.range("jobs", seconds=2)
    assert [value for _, value in last.points] == [9, 10, 11]


def test_a_series_that_is_gone_has_a_gap_and_not_its_old_value() -> None:
    history = History(every=1, kept=5)
    for second in range(7):
        history.keep([sample(second)] if second != 5 else [], at=second)
    (line,) = history.range("jobs")
    assert [time for time, _ in line.points] == [2, 3, 4, 6]


def test_beyond_its_bound_a_new_series_is_left_out() -> None:
    history = History(every=1, kept=5, most_series=3)
    for _ in range(2):
        history.keep([sample(1, number=str(number)) for number in range(10)])
    assert len(history.range("jobs")) == 3
    assert history.left_out == 14


async def test_the_service_fills_it_by_itself(settings: Callable[..., Settings]) -> None:
    async with build(settings(llm_provider="extractive")) as state:
        history = state["history"]
        wanted = partial(history.range, "mystack_jobs", {"state": "queued"})
        await anyio.to_thread.run_sync(eventually, wanted)
        (line,) = wanted()
    assert line.points[-1][1] == 0
