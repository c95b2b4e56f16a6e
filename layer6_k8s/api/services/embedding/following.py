"""The embedding model follows the active space: after `mystack reembed` a running service changes models by itself.

    switch → noticed within POLL_SECONDS → the new model loads while the former one answers → the new model answers

A request keeps the model with which it began, so that its vectors are compared with those of the same space only.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from api.errors import MyStackError, NotReady
from api.services.embedding.active_space import ActiveSpace, OtherSpace
from api.services.embedding.embeddings import Encoders
from api.services.embedding.encoder_threads import LOAD_SECONDS, Encoder, ModelLoading, Purpose, Vectors
from api.services.serving.ending import end

POLL_SECONDS = 2.0
UNAVAILABLE_SECONDS = 15.0
"""Until the next poll after the store could not be reached."""
RETRY_SECONDS = 60.0
"""Until the next attempt to load a model that could not be loaded."""
CLOSE_SECONDS = 10.0
"""Requests that began with the former model may use it for this long."""
NOT_LOADED = (
    "The documents are embedded in {space}, and its model cannot be loaded: {reason} Set EMBEDDING_MODEL and "
    "EMBEDDING_PATH to this model and restart the service, or embed the documents with another model: "
    "`mystack reembed --model …`."
)
CHANGED = "The embedding model was changed during this request. Send it again."

logger = logging.getLogger("mystack.embedding")


@dataclass
class Generation:
    """A model in use. `stack` closes it; the first one is closed by its owner."""

    encoders: Encoders
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    closed: bool = False


class FollowingEncoders:
    """The port `Encoders`, over those of the active space; a context manager.

    `first` runs the model of the settings. It stays loaded, so returning to it is quick. `active` reads the active
    space, and `load` starts the encoders of a space.
    """

    def __init__(
        self,
        first: Encoders,
        active: Callable[[], Awaitable[ActiveSpace | None]],
        load: Callable[[ActiveSpace], AbstractAsyncContextManager[Encoders]],
        *,
        poll_seconds: float = POLL_SECONDS,
        close_seconds: float = CLOSE_SECONDS,
    ) -> None:
        self.threads = first.threads
        self.active = active
        self.load = load
        self.poll_seconds = poll_seconds
        self.close_seconds = close_seconds
        self._first = self._current = Generation(first)
        self._of_request: ContextVar[Generation | None] = ContextVar("encoders", default=None)
        self._compared = asyncio.Event()
        self._failure: str | None = None
        self._retry_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._start(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(*self._tasks)
        await self._current.stack.aclose()

    def loaded(self) -> Encoder:
        """See `Encoders`."""
        if not self._compared.is_set():
            raise ModelLoading
        return self._current.encoders.loaded()

    async def encoder(self) -> Encoder:
        """See `Encoders`. Raises `OtherSpace` if the model of the active space cannot be loaded."""
        return await (await self._generation()).encoders.encoder()

    async def encode(self, purpose: Purpose, texts: Sequence[str]) -> Vectors:
        """See `Encoders`. Raises `OtherSpace` if the model of the active space cannot be loaded."""
        return await (await self._generation()).encoders.encode(purpose, texts)

    async def check(self) -> str:
        """One sentence for /health. Raises `NotReady`, and `OtherSpace` as `encoder` does."""
        self._require_loaded()
        running, active = self.loaded().space, await self.active()
        if active is None:
            return "Nothing is embedded yet."
        if active.name != running:
            raise NotReady(f"The documents are embedded in {active.name} now, and its model is loading.")
        if self._current is not self._first and (chosen := await _space(self._first)):
            return f"The documents are embedded in {active.name}; the settings name the model of {chosen}."
        return f"The documents are embedded in {active.name}."

    async def _generation(self) -> Generation:
        """That of this request: the current one when it first asked."""
        await self._first_comparison()
        generation = self._of_request.get()
        if generation is None:
            self._require_loaded()
            generation = self._current
            self._of_request.set(generation)
        elif generation.closed:
            self._of_request.set(None)
            raise NotReady(CHANGED)
        return generation

    def _require_loaded(self) -> None:
        if self._failure:
            raise OtherSpace(self._failure)

    async def _first_comparison(self) -> None:
        if not self._compared.is_set():
            try:
                await asyncio.wait_for(self._compared.wait(), LOAD_SECONDS)
            except TimeoutError:
                raise ModelLoading from None

    async def _follow(self) -> None:
        while True:
            pause = self.poll_seconds
            try:
                await self._compare()
            except MyStackError:
                pause = UNAVAILABLE_SECONDS
            except Exception as error:  # the edge of a task: it goes on
                logger.error("the active embedding space is unknown", exc_info=error)
            self._compared.set()
            await asyncio.sleep(pause)

    async def _compare(self) -> None:
        active = await self.active()
        if active is None or active.name == await _space(self._current):
            self._failure = None
        elif active.name == await _space(self._first):
            self._switch(self._first, active)
        elif time.monotonic() >= self._retry_at:
            await self._load(active)

    async def _load(self, active: ActiveSpace) -> None:
        async with AsyncExitStack() as stack:
            encoders = await stack.enter_async_context(self.load(active))
            try:
                found = (await _loaded(encoders)).space
            except NotReady as error:
                self._fail(active, error.detail)
                return
            if found != active.name:
                self._fail(active, f"the model that was found has the space {found}.")
                return
            self._switch(Generation(encoders, stack.pop_all()), active)

    def _fail(self, active: ActiveSpace, reason: str) -> None:
        failure = NOT_LOADED.format(space=active.name, reason=reason)
        if failure != self._failure:
            logger.error("%s", failure)
        self._failure = failure
        self._retry_at = time.monotonic() + RETRY_SECONDS

    def _switch(self, generation: Generation, active: ActiveSpace) -> None:
        logger.info("the documents are embedded in %s now, and its model answers", active.name)
        former, self._current = self._current, generation
        self.threads = generation.encoders.threads
        self._failure = None
        self._retry_at = 0.0
        if former is not self._first:
            self._start(_close(former, self.close_seconds))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _close(generation: Generation, seconds: float) -> None:
    """Close it after that time, or at once when the service stops."""
    try:
        await asyncio.sleep(seconds)
    finally:
        generation.closed = True
        await generation.stack.aclose()


async def _loaded(encoders: Encoders) -> Encoder:
    """The model, however long it takes to load. Raises `NotReady` if it cannot be loaded."""
    while True:
        try:
            return await encoders.encoder()
        except ModelLoading:
            continue


async def _space(generation: Generation) -> str | None:
    """None if the model cannot be loaded."""
    try:
        return (await _loaded(generation.encoders)).space
    except NotReady:
        return None
