"""Whole answers from the cache: quotes of the same documents for the same question.

A key names the version of the library, which every write raises in its own transaction, so an answer from before a
write is never found after it. Only quotes are kept: what a language model writes differs each time.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict, replace

from pydantic import TypeAdapter

from api.services.caching.cache import Cache, key_of
from api.services.chat.models import Models
from api.services.chat.options import DEFAULTS
from api.services.chat.turn import Answer, Chat, ChatEvent, DoneEvent, SourcesEvent, TokenEvent, Turn
from api.services.rag.answerability.confidence import enough
from api.services.retrieval.fusion import sparse_weight

Version = Callable[[], Awaitable[str]]
"""Names the state of the documents and of what searches them. Raises `StoreUnavailable` and `NotReady`."""
ANSWER = TypeAdapter(Answer)


class CachedAnswers:
    """The port `Chat`, over another one that answers from the documents."""

    def __init__(self, chat: Chat, models: Models, cache: Cache, version: Version) -> None:
        self.chat = chat
        self.models = models
        self.cache = cache
        self.version = version

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`. An answer from the cache says so; it comes in one piece, with the time and id of this request."""
        started = time.perf_counter()
        version = await self.version() if await self._may_be_kept(turn) else None
        key = _key(turn, version) if version else ""
        kept = await self.cache.get(key) if key else None
        if kept is not None:
            answer = replace(ANSWER.validate_json(kept), cached=True, request_id=turn.request_id)
            yield SourcesEvent(answer.sources)
            yield TokenEvent(answer.response)
            yield DoneEvent(replace(answer, latency_ms=round((time.perf_counter() - started) * 1000, 1)))
            return
        async with aclosing(self.chat.stream(turn)) as events:
            async for event in events:
                if key and isinstance(event, DoneEvent) and await self.version() == version:
                    await self.cache.put(key, ANSWER.dump_json(event.answer))
                yield event

    async def _may_be_kept(self, turn: Turn) -> bool:
        """Whether the answer depends on nothing but the question and the documents."""
        if turn.history or turn.after or turn.use_rag is False or turn.options != DEFAULTS:
            return False
        model, info = await self.models.choose(turn.model)
        return not model.generates and info.unavailable is None


def _key(turn: Turn, version: str) -> str:
    """Of all that the answer depends on; who asks, and whether the turn is stored, is none of it."""
    asked = asdict(replace(turn, request_id="", conversation_id=None, replaces=None, store=False))
    return key_of("answer", version, asked, enough.get(), sparse_weight.get())
