"""Chat with conversations: a turn continues its conversation, and is stored when its answer is complete.

A whole turn is stored or nothing, so a stopped stream and a failing model leave no trace. Concurrent turns of one
conversation do not see each other and are stored in the order in which their answers were complete. A failure to store
a turn never loses the answer: it is returned with `message_id` null, also if its conversation was deleted meanwhile.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from api.services.chat.turn import Answer, Chat, ChatEvent, DoneEvent, Message, Turn
from api.services.conversations.conversations import (
    ConversationNotFound,
    NotTheLastAnswer,
    PastMessage,
    StoredTurn,
    TurnLog,
    answer_metadata,
)
from api.services.conversations.service import not_found
from api.services.conversations.title import title_of
from api.services.documents.store import StoreUnavailable
from api.services.serving.clock import now

HISTORY_MESSAGES = 40
"""Messages before a follow-up that the model gets; fewer if its window is smaller."""

STORE_SECONDS = 10.0
"""Longest wait for a turn to be stored before its answer is returned anyway."""

OUTDATED = "(This answer cited a document that has been deleted.)"
"""What the model gets instead of such an answer: it must not use that document any more."""

logger = logging.getLogger("mystack.conversations")


@dataclass(frozen=True)
class _Asked:
    """A turn with the messages before it, and the time when it was asked.

    `begins`: the turn is the first of a conversation, which has its id already and does not exist yet.
    """

    turn: Turn
    at: datetime
    begins: bool = False


class ConversationChat:
    """The port `Chat`, over another one that answers."""

    def __init__(self, chat: Chat, log: TurnLog) -> None:
        self.chat = chat
        self.log = log

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`. The done event is sent when the turn has been stored.

        Raises, before the first event, `ConversationNotFound`, `NotTheLastAnswer` and `StoreUnavailable`.
        """
        asked = await self._asked(turn)
        async with aclosing(self.chat.stream(asked.turn)) as events:
            async for event in events:
                if isinstance(event, DoneEvent):
                    event = DoneEvent(await self._stored(asked, event.answer))
                yield event

    async def _asked(self, turn: Turn) -> _Asked:
        at = now()
        if turn.conversation_id is None:
            return _Asked(replace(turn, conversation_id=uuid4()), at, begins=True) if turn.store else _Asked(turn, at)
        messages = await self.log.last_messages(turn.conversation_id, HISTORY_MESSAGES + 2)
        if not messages:
            raise not_found(turn.conversation_id)
        if turn.replaces is not None:
            if messages[-1].id != turn.replaces:
                raise NotTheLastAnswer
            messages = messages[:-2]
        return _Asked(replace(turn, history=_history(messages[-HISTORY_MESSAGES:])), at)

    async def _stored(self, asked: _Asked, answer: Answer) -> Answer:
        """The answer with the ids of its conversation and its message, if it could be stored."""
        answer = replace(answer, conversation_id=None if asked.begins else asked.turn.conversation_id)
        if not asked.turn.store or asked.turn.conversation_id is None:
            return answer
        turn = _stored_turn(asked, asked.turn.conversation_id, answer)
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await self.log.store(turn)
        except ConversationNotFound:
            return replace(answer, conversation_id=None)
        except (StoreUnavailable, TimeoutError) as error:
            logger.warning("an answer could not be stored, request %s: %r", answer.request_id, error)
            return answer
        return replace(answer, conversation_id=turn.conversation_id, message_id=turn.answer_id)


def _history(messages: Sequence[PastMessage]) -> tuple[Message, ...]:
    return tuple(Message(message.role, OUTDATED if message.outdated else message.content) for message in messages)


def _stored_turn(asked: _Asked, conversation_id: UUID, answer: Answer) -> StoredTurn:
    turn = asked.turn
    return StoredTurn(
        conversation_id=conversation_id,
        title=title_of(turn.message) if asked.begins else None,
        question_id=uuid4(),
        question=turn.message,
        asked_at=asked.at,
        answer_id=uuid4(),
        response=_storable(answer.response),
        answered_at=max(now(), asked.at),
        answer=answer_metadata(answer),
        sources=answer.sources,
        replaces=turn.replaces,
    )


def _storable(text: str) -> str:
    """A model's text is unchecked: NUL and lone surrogates, which PostgreSQL refuses, become U+FFFD."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
