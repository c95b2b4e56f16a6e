"""Let the model complete a follow-up question before it is searched.

Rules resolve most follow-ups (`followup.py`); a model also understands "And the other one?". It must be quick: after a
rewriting that took too long, none is tried for a while. Its question is used only if it says nothing that was not said:
every content word must stand in the conversation, and the names and numbers of the message must be in it.
"""

import asyncio
import time

from api.errors import MyStackError
from api.services.chat.turn import Chat, Message, Turn, answer_of
from api.services.rag.checking.details import names, numbers
from api.services.text.terms import terms

REQUEST = (
    "Rewrite my last question so that it can be understood without the conversation. "
    "Answer with the question alone, and do not answer it."
)
SECONDS = 1.5
"""Longest wait for a rewritten question."""
PAUSE_SECONDS = 300.0
"""Time without rewriting after one that took longer."""
MESSAGES, CHARS, TOKENS = 6, 1_000, 60
"""Messages before the question that the model reads, their longest part, and the longest question in tokens."""
LONGEST = 300
"""Characters of a rewritten question."""


class Rewriter:
    """Rewrites with `chat`, unless it was too slow lately."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self._not_before = 0.0

    async def rewritten(self, turn: Turn) -> str | None:
        """The message of a turn as a question of its own; None if the model does not give a good one in time."""
        if not _said(turn) or time.monotonic() < self._not_before:
            return None
        try:
            async with asyncio.timeout(SECONDS):
                answer = await answer_of(self.chat.stream(_request(turn)))
        except (TimeoutError, MyStackError) as error:
            if not isinstance(error, MyStackError) or error.status >= 500:  # else this request is to blame
                self._not_before = time.monotonic() + PAUSE_SECONDS
            return None
        question = answer.response.strip().partition("\n")[0].strip('"“” ')
        return question if _says_the_same(question, turn) else None


def _request(turn: Turn) -> Turn:
    said = (*_said(turn)[-MESSAGES:], Message("user", turn.message))
    lines = [f"{message.role}: {message.content[:CHARS]}" for message in said]
    return Turn(
        message="\n".join([*lines, "", REQUEST]), model=turn.model, temperature=0.0, max_tokens=TOKENS, use_rag=False
    )


def _said(turn: Turn) -> list[Message]:
    """The messages before the question; a system message asks nothing that a question could follow."""
    return [message for message in turn.history if message.role in ("user", "assistant")]


def _says_the_same(question: str, turn: Turn) -> bool:
    """Whether it is a question of words that were said, with the names and numbers of the message."""
    said = {term for message in (*turn.history, Message("user", turn.message)) for term in terms(message.content)}
    new = set(terms(question))
    kept = names(turn.message) <= new and numbers(turn.message) <= numbers(question)
    return 0 < len(question) <= LONGEST and bool(new) and new <= said and kept
