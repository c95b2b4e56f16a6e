"""The chat that remembers: a turn goes on with its conversation, and is kept when its answer is complete.

What is kept is a whole turn or nothing, so a stopped stream and a failing model leave no trace. Turns that are asked
at once in one conversation know nothing of each other and are kept in the order in which their answers were complete.
An answer is never lost to its keeping: when the database does not take it, or its conversation was deleted meanwhile,
it is given with `message_id` null.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

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

REMEMBERED = 40
"""Messages that a follow-up is answered with; fewer where the model's window is smaller."""

KEEP_SECONDS = 10.0
"""An answer waits no longer for being kept."""

OUTDATED = "(This answer cited a document that has been deleted.)"
"""What the model is told in its place: it must not draw on that document any more."""

logger = logging.getLogger("mystack.conversations")


@dataclass(frozen=True)
class _Asked:
    """A turn with what was said before it, and when it came."""

    turn: Turn
    at: datetime


class ConversationChat:
    """The `Chat` of conversations; `chat` is the one that answers."""

    def __init__(self, chat: Chat, log: TurnLog) -> None:
        self.chat = chat
        self.log = log

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """What `chat` streams; the done event comes when the turn is kept.

        Raises as `Chat` does, and before that `ConversationNotFound`, `NotTheLastAnswer` and `StoreUnavailable`.
        """
        asked = await self._asked(turn)
        async with aclosing(self.chat.stream(asked.turn)) as events:
            async for event in events:
                if isinstance(event, DoneEvent):
                    event = DoneEvent(await self._kept(asked, event.answer))
                yield event

    async def _asked(self, turn: Turn) -> _Asked:
        at = now()
        if turn.conversation_id is None:
            return _Asked(turn, at)
        past = await self.log.past(turn.conversation_id, REMEMBERED + 2)
        if not past:
            raise not_found(turn.conversation_id)
        if turn.replaces is not None:
            if past[-1].id != turn.replaces:
                raise NotTheLastAnswer
            past = past[:-2]
        return _Asked(replace(turn, history=_history(past[-REMEMBERED:])), at)

    async def _kept(self, asked: _Asked, answer: Answer) -> Answer:
        """The answer with its place in the conversation, if it could be kept there."""
        answer = replace(answer, conversation_id=asked.turn.conversation_id)
        if not asked.turn.store:
            return answer
        turn = _kept_turn(asked, answer)
        try:
            async with asyncio.timeout(KEEP_SECONDS):
                await self.log.keep(turn)
        except ConversationNotFound:
            return replace(answer, conversation_id=None)
        except (StoreUnavailable, TimeoutError) as error:
            logger.warning("an answer was given and not kept, request %s: %r", answer.request_id, error)
            return answer
        return replace(answer, conversation_id=turn.conversation_id, message_id=turn.answer_id)


def _history(past: Sequence[PastMessage]) -> tuple[Message, ...]:
    return tuple(Message(message.role, OUTDATED if message.outdated else message.content) for message in past)


def _kept_turn(asked: _Asked, answer: Answer) -> StoredTurn:
    turn = asked.turn
    return StoredTurn(
        conversation_id=turn.conversation_id or uuid4(),
        begins=None if turn.conversation_id else title_of(turn.message),
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
    """What a model says is checked by nobody: NUL and lone surrogates become the sign for what cannot be shown."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
