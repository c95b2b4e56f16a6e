"""Each answer leaves a row.

An answer that is stored in a conversation leaves it in the transaction of its turn (see `TurnWrite` of the turn log).
The others leave it here: those with `store: false`, of `/v1` and of MCP. An answer that could not be stored is not kept
waiting a second time: its row is written in the background.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import uuid4

from api.services.answered.answered import AnsweredLog, answered_now
from api.services.chat.turn import Answer, Chat, ChatEvent, DoneEvent, Turn
from api.services.conversations.conversations import answer_metadata
from api.services.documents.store import StoreUnavailable
from api.services.serving.clock import now

WRITE_SECONDS = 2.0
"""Longest wait for a row; after that the answer is sent without one."""

logger = logging.getLogger("mystack.answered")


class AnsweredChat:
    """The port `Chat`, over another one. A failure to write never loses the answer."""

    def __init__(self, chat: Chat, log: AnsweredLog) -> None:
        self.chat = chat
        self.log = log
        self._late: set[asyncio.Task[None]] = set()

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`. An answer that is stopped before its end leaves no row."""
        async with aclosing(self.chat.stream(turn)) as events:
            async for event in events:
                if isinstance(event, DoneEvent) and event.answer.message_id is None:
                    writing = asyncio.create_task(self._write(event.answer))
                    if turn.store:
                        self._late.add(writing)  # the event loop alone would not keep it alive
                        writing.add_done_callback(self._late.discard)
                    else:
                        await writing
                yield event

    async def _write(self, answer: Answer) -> None:
        row = answered_now(uuid4(), now(), answer.conversation_id, answer_metadata(answer))
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self.log.add(row)
        except (StoreUnavailable, TimeoutError) as error:
            logger.warning("the row of an answer could not be written, request %s: %r", answer.request_id, error)
