"""Answers with their cost."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from api.services.chat.turn import Answer, Chat, ChatEvent, DoneEvent, Turn
from api.services.usage.prices import Prices


class PricedChat:
    """The port `Chat`, over another one. The usage of its answers is a `PricedUsage`."""

    def __init__(self, chat: Chat, prices: Prices) -> None:
        self.chat = chat
        self.prices = prices

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`."""
        async with aclosing(self.chat.stream(turn)) as events:
            async for event in events:
                yield DoneEvent(self._priced(event.answer)) if isinstance(event, DoneEvent) else event

    def _priced(self, answer: Answer) -> Answer:
        return replace(answer, usage=self.prices.priced(answer.provider, answer.model, answer.usage))
