"""The encoders follow the active space, and a request keeps the model with which it began."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from api.errors import NotReady
from api.services.documents.store import StoreUnavailable
from api.services.embedding.active_space import ActiveSpace, OtherSpace
from api.services.embedding.embeddings import Encoders
from api.services.embedding.encoder_threads import EncoderThreads, Purpose
from api.services.embedding.following import FollowingEncoders
from tests.embeddings.fake_encoder import FakeEncoder


class NamedEncoder(FakeEncoder):
    """A model of that name; one that is called `broken` cannot be loaded."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.space = name

    def load(self) -> None:
        if self.space == "broken":
            raise NotReady("It is broken.")


class Library:
    """The store of the active space, and its models. `running`: those that run; `found`: the space of any model."""

    def __init__(self) -> None:
        self.space: str | None = "first"
        self.reachable = True
        self.found: str | None = None
        self.running: list[str] = []

    async def active(self) -> ActiveSpace | None:
        if not self.reachable:
            raise StoreUnavailable
        return ActiveSpace(self.space, None) if self.space else None

    @asynccontextmanager
    async def load(self, active: ActiveSpace) -> AsyncIterator[Encoders]:
        self.running.append(active.name)
        async with EncoderThreads(NamedEncoder(self.found or active.name)) as threads:
            yield threads
        self.running.remove(active.name)


@asynccontextmanager
async def following(library: Library, *, close_seconds: float = 10) -> AsyncIterator[FollowingEncoders]:
    async with (
        EncoderThreads(NamedEncoder("first")) as first,
        FollowingEncoders(
            first, library.active, library.load, poll_seconds=0.01, close_seconds=close_seconds
        ) as encoders,
    ):
        yield encoders


async def answering(encoders: FollowingEncoders) -> str:
    """The space that answers a new request."""

    async def request() -> str:
        return (await encoders.encoder()).space

    return await asyncio.create_task(request())


async def reported(encoders: FollowingEncoders) -> str:
    """What /health says."""
    try:
        return await encoders.check()
    except (NotReady, OtherSpace) as error:
        return error.detail


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(1000):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def until_answering(encoders: FollowingEncoders, space: str) -> None:
    async def answers() -> bool:
        return await answering(encoders) == space

    await until(answers)


async def until_closed(library: Library, space: str) -> None:
    async def closed() -> bool:
        return space not in library.running

    await until(closed)


async def until_reported(encoders: FollowingEncoders, text: str) -> None:
    async def says() -> bool:
        return text in await reported(encoders)

    await until(says)


async def test_after_a_switch_the_new_model_answers_and_the_first_stays_loaded() -> None:
    library = Library()
    async with following(library, close_seconds=0) as encoders:
        assert await answering(encoders) == "first"
        library.space = "second"
        await until_answering(encoders, "second")
        library.space = "first"
        await until_answering(encoders, "first")
        await until_closed(library, "second")
        assert await answering(encoders) == "first"


async def test_a_request_keeps_the_model_with_which_it_began() -> None:
    library = Library()
    library.space = "second"
    switched = asyncio.Event()
    async with following(library) as encoders:

        async def request() -> list[str]:
            before = (await encoders.encoder()).space
            await switched.wait()
            return [before, (await encoders.encoder()).space]

        running = asyncio.create_task(request())
        await until_answering(encoders, "second")
        library.space = "third"
        await until_answering(encoders, "third")
        switched.set()
        assert await running == ["second", "second"]


async def test_a_request_whose_model_is_closed_must_be_repeated() -> None:
    library = Library()
    library.space = "second"
    closed = asyncio.Event()
    async with following(library, close_seconds=0) as encoders:

        async def request() -> str:
            await encoders.encoder()
            await closed.wait()
            with pytest.raises(NotReady, match="changed during this request"):
                await encoders.encode(Purpose.DOCUMENT, ["a text"])
            return (await encoders.encoder()).space

        running = asyncio.create_task(request())
        await until_answering(encoders, "second")
        library.space = "third"
        await until_answering(encoders, "third")
        await until_closed(library, "second")
        closed.set()
        assert await running == "third"


async def test_a_model_that_cannot_be_loaded_is_reported_until_another_space_is_active() -> None:
    library = Library()
    async with following(library) as encoders:
        await until_reported(encoders, "The documents are embedded in first.")
        library.space = "broken"
        await until_reported(encoders, "It is broken. Set EMBEDDING_MODEL")
        with pytest.raises(OtherSpace, match="embedded in broken"):
            await answering(encoders)
        library.space = "first"
        await until_reported(encoders, "The documents are embedded in first.")
        assert await answering(encoders) == "first"
    assert library.running == []


async def test_a_model_of_another_space_than_the_active_one_is_not_used() -> None:
    library = Library()
    library.found = "a newer revision"
    async with following(library) as encoders:
        library.space = "second"
        await until_reported(encoders, "the model that was found has the space a newer revision.")


async def test_without_the_store_the_model_of_the_settings_answers() -> None:
    library = Library()
    library.reachable = False
    async with following(library) as encoders:
        assert await answering(encoders) == "first"


async def test_where_nothing_is_embedded_the_model_of_the_settings_answers() -> None:
    library = Library()
    library.space = None
    async with following(library) as encoders:
        assert await answering(encoders) == "first"
        assert await encoders.check() == "Nothing is embedded yet."
