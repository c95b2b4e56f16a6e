"""Metrics of what answers cost."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from api.services.chat.turn import Answer, Chat, ChatEvent, DoneEvent, Turn
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import COST
from api.services.usage.prices import PricedUsage


class CountedCosts:
    """The port `Chat`, over one whose answers are priced; an answer without a known price counts nothing."""

    def __init__(self, chat: Chat, metrics: Metrics) -> None:
        self.chat = chat
        self.metrics = metrics

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`."""
        async with aclosing(self.chat.stream(turn)) as events:
            async for event in events:
                if isinstance(event, DoneEvent):
                    self._count(event.answer)
                yield event

    def _count(self, answer: Answer) -> None:
        if isinstance(answer.usage, PricedUsage) and answer.usage.cost is not None:
            self.metrics.count(COST, answer.usage.cost, model=answer.model)
