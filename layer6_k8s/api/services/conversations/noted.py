"""The id of the conversation, for the lines of the log."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from api.services.chat.turn import Chat, ChatEvent, DoneEvent, Turn
from api.services.serving.noted import note

CONVERSATION = "conversation_id"


class NotingChat:
    """The port `Chat`: notes which conversation a turn belongs to, which may begin with it."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`."""
        if turn.conversation_id:
            note(CONVERSATION, turn.conversation_id)
        async with aclosing(self.chat.stream(turn)) as events:
            async for event in events:
                if isinstance(event, DoneEvent) and event.answer.conversation_id:
                    note(CONVERSATION, event.answer.conversation_id)
                yield event
