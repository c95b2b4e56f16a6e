"""Quotes instead of an error while no language model answers."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from api.errors import ModelUnavailable
from api.services.chat.models import Models
from api.services.chat.turn import Chat, ChatEvent, DoneEvent, Message, Turn


def quoting_notice(reason: str) -> str:
    """One sentence for the user: that the answer is quoted, and why. `reason` may have further sentences."""
    cause = reason.partition(". ")[0].rstrip(".")
    return f"These are quotes, because the language model did not answer: {cause}."


class QuotingChat:
    """The `Chat` that quotes the conversation, with a notice, when the model fails before the first token.

    A failure after the first token is raised: the client already has a part of another answer.
    """

    def __init__(self, chat: Chat, models: Models) -> None:
        self.chat = chat
        self.models = models

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """The events of `chat`.

        Raises its `ModelUnavailable` if the conversation has nothing to quote, or the turn demands JSON or a tool call.
        """
        async with aclosing(self.chat.stream(turn)) as events:
            try:
                first = await anext(events)
            except ModelUnavailable as error:
                unavailable = error
            else:
                yield first
                async for event in events:
                    yield event
                return
        async with aclosing(self._quoted(turn, unavailable)) as events:
            async for event in events:
                yield event

    async def _quoted(self, turn: Turn, unavailable: ModelUnavailable) -> AsyncGenerator[ChatEvent, None]:
        extractive = self.models.extractive
        if turn.options.needs_model or not await extractive.can_quote((*turn.history, Message("user", turn.message))):
            raise unavailable
        notice = quoting_notice(unavailable.detail)
        async with aclosing(self.chat.stream(replace(turn, model=extractive.name))) as events:
            async for event in events:
                yield DoneEvent(replace(event.answer, notice=notice)) if isinstance(event, DoneEvent) else event
