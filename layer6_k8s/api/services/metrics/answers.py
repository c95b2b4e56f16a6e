"""Metrics of answers: what writes them, and what becomes of them."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from api.errors import MyStackError
from api.services.chat.turn import Answer, Chat, ChatEvent, DoneEvent, TokenEvent, Turn
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import (
    ANSWER_FAILURES,
    ANSWERS,
    CLAIMS,
    FIRST_TOKEN_SECONDS,
    REFUSALS,
    REMOVED_MARKERS,
    STAGE_SECONDS,
    TOKENS,
)


class MeasuredWriter:
    """The port `Chat`, over the one that lets models write: seconds and tokens of every generation."""

    def __init__(self, chat: Chat, metrics: Metrics) -> None:
        self.chat = chat
        self.metrics = metrics

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`."""
        started, first = time.perf_counter(), 0.0
        async with aclosing(self.chat.stream(turn)) as events:
            async for event in events:
                if isinstance(event, TokenEvent) and not first:
                    first = time.perf_counter() - started
                if isinstance(event, DoneEvent):
                    self._measure(event.answer, first, time.perf_counter() - started)
                yield event

    def _measure(self, answer: Answer, first: float, seconds: float) -> None:
        model = {"provider": answer.provider, "model": answer.model}
        self.metrics.observe(STAGE_SECONDS, seconds, stage="generate")
        if first:
            self.metrics.observe(FIRST_TOKEN_SECONDS, first, **model)
        self.metrics.count(TOKENS, answer.usage.prompt_tokens, **model, kind="prompt")
        self.metrics.count(TOKENS, answer.usage.completion_tokens, **model, kind="completion")


class MeasuredAnswers:
    """The port `Chat`, over the one that answers users: outcomes, claims and failures."""

    def __init__(self, chat: Chat, metrics: Metrics) -> None:
        self.chat = chat
        self.metrics = metrics

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`."""
        try:
            async with aclosing(self.chat.stream(turn)) as events:
                async for event in events:
                    if isinstance(event, DoneEvent):
                        self._count(event.answer)
                    yield event
        except MyStackError as error:
            self.metrics.count(ANSWER_FAILURES, code=error.code)
            raise

    def _count(self, answer: Answer) -> None:
        self.metrics.count(ANSWERS, outcome=outcome_of(answer))
        if answer.refusal:
            self.metrics.count(REFUSALS, reason=answer.refusal)
        for claim in answer.claims:
            self.metrics.count(CLAIMS, support=claim.support)
        self.metrics.count(REMOVED_MARKERS, answer.removed_markers)
        if answer.check_ms is not None:
            self.metrics.observe(STAGE_SECONDS, answer.check_ms / 1000, stage="verify")


def outcome_of(answer: Answer) -> str:
    """`refused`, `grounded`, `ungrounded` (a sentence is unsupported, or none is supported), or `plain`."""
    if answer.refusal:
        return "refused"
    if answer.grounded:
        return "grounded"
    return "ungrounded" if answer.claims or answer.sources else "plain"
