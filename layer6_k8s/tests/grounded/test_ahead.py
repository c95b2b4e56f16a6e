"""The sentences of an answer are embedded while a model writes it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from api.errors import NotReady
from api.services.rag.ahead import ReadAhead


class Prepared:
    """A `SupportCheck` that keeps what it was given to prepare; `held` until it is set free."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.free = asyncio.Event()
        self.free.set()
        self.error: Exception | None = None

    async def prepare(self, sentences: Sequence[str]) -> None:
        await self.free.wait()
        if self.error:
            raise self.error
        self.sentences += sentences

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


async def fed(ahead: ReadAhead, *pieces: str) -> None:
    for piece in pieces:
        ahead.feed(piece)
        await ahead.settled(5)


async def test_a_sentence_is_prepared_once_the_next_begins() -> None:
    support = Prepared()
    async with ReadAhead(support, 2) as ahead:
        await fed(ahead, "It is red [1]", ". ", "It is `x`", " blue. [2] ")
        assert support.sentences == ["It is red."]
        await fed(ahead, "It is", " green.\n")
        assert support.sentences == ["It is red.", "It is   blue."]
        await fed(ahead, "That is all.")
    assert support.sentences == ["It is red.", "It is   blue.", "It is green."]


async def test_a_slow_embedder_does_not_hold_the_stream_and_gets_the_rest_at_once() -> None:
    support = Prepared()
    support.free.clear()
    async with ReadAhead(support, 1) as ahead:
        for number in range(9):
            ahead.feed(f"It is {number}. ")
            await asyncio.sleep(0)
        await ahead.settled(0.05)
        assert support.sentences == []
        support.free.set()
        await ahead.settled(5)
        await fed(ahead, "The end.")
    assert len(support.sentences) == 9


async def test_what_is_under_way_ends_with_the_stream() -> None:
    support = Prepared()
    support.free.clear()
    before = asyncio.all_tasks()
    async with ReadAhead(support, 1) as ahead:
        ahead.feed("It is red. It is blue.")
    assert asyncio.all_tasks() == before
    assert support.sentences == []


async def test_an_error_is_left_to_the_check(caplog: pytest.LogCaptureFixture) -> None:
    support = Prepared()
    support.error = NotReady("no memory")
    async with ReadAhead(support, 1) as ahead:
        await fed(ahead, "It is red. ", "It is blue.")
    assert not caplog.records


async def test_without_sources_nothing_is_prepared() -> None:
    support = Prepared()
    async with ReadAhead(support, 0) as ahead:
        await fed(ahead, "It is red. ", "It is blue.")
    assert support.sentences == []
