"""Conversations: what was asked and answered, and the ports to where it is kept.

A conversation holds turns, each a question and its whole answer with its sources. It begins with its first turn and
is never empty.

    MyStackError
    ├── ConversationNotFound    404 conversation_not_found
    └── NotTheLastAnswer        409 not_the_last_answer
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from api.errors import MyStackError
from api.services.chat.turn import Answer, Source
from api.services.documents.store import Position

ANSWER_METADATA = (
    "model",
    "provider",
    "latency_ms",
    "request_id",
    "finish_reason",
    "grounded",
    "refusal",
    "removed_markers",
)


class ConversationNotFound(MyStackError):
    """No such conversation. GET /conversations lists those that are here."""

    status = 404
    code = "conversation_not_found"


class NotTheLastAnswer(MyStackError):
    """Only the last answer of a conversation can be replaced, and another has come since. Read it again."""

    status = 409
    code = "not_the_last_answer"


@dataclass(frozen=True)
class Conversation:
    """`updated_at` is when its last answer was complete."""

    id: UUID
    title: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class StoredSource:
    """A source as it can be resolved now; when its document was deleted there is no chunk and no quote."""

    marker: int
    document_id: UUID
    filename: str
    chunk_id: UUID | None
    page: int | None
    start: int
    end: int
    quote: str | None
    score: float

    @property
    def deleted(self) -> bool:
        return self.chunk_id is None


@dataclass(frozen=True)
class StoredMessage:
    """A message; `answer` holds what `answer_metadata` makes of an answer, and is None for a question."""

    id: UUID
    index: int
    role: Literal["user", "assistant"]
    content: str
    created_at: datetime
    answer: Mapping[str, Any] | None
    sources: Sequence[StoredSource] = ()


@dataclass(frozen=True)
class PastMessage:
    """A message as a follow-up needs it; `outdated`: it cites a document that has been deleted."""

    id: UUID
    role: Literal["user", "assistant"]
    content: str
    outdated: bool


@dataclass(frozen=True)
class StoredTurn:
    """A question and its answer, about to be kept.

    `begins` is the title of the conversation that begins with it, or None where it goes on; `replaces` is the
    answer that makes way together with its question.
    """

    conversation_id: UUID
    begins: str | None
    question_id: UUID
    question: str
    asked_at: datetime
    answer_id: UUID
    response: str
    answered_at: datetime
    answer: Mapping[str, Any]
    sources: Sequence[Source]
    replaces: UUID | None = None


def answer_metadata(answer: Answer) -> dict[str, Any]:
    """What is kept of an answer besides its text and its sources."""
    usage = asdict(answer.usage) | {"total_tokens": answer.usage.total_tokens}
    return {name: getattr(answer, name) for name in ANSWER_METADATA} | {"usage": usage}


class TurnLog(Protocol):
    """Where turns are kept, and what was said is read from. Both raise `StoreUnavailable`."""

    async def past(self, conversation_id: UUID, limit: int) -> list[PastMessage]:
        """The last messages, oldest first; none if there is no such conversation."""
        ...

    async def keep(self, turn: StoredTurn) -> None:
        """All of the turn or, if this raises, nothing. Turns that come at once are kept one after the other.

        Raises `ConversationNotFound` when the conversation has been deleted meanwhile.
        """
        ...


class Conversations(Protocol):
    """The conversations that are kept. All raise `StoreUnavailable`."""

    async def page(self, limit: int, after: Position | None) -> list[Conversation]:
        """The newest first, by `updated_at`."""
        ...

    async def get(self, conversation_id: UUID) -> Conversation | None: ...

    async def messages(self, conversation_id: UUID, before: int | None, limit: int) -> list[StoredMessage]:
        """The last messages whose index is smaller than `before`, oldest first."""
        ...

    async def rename(self, conversation_id: UUID, title: str) -> Conversation | None: ...

    async def remove(self, conversation_id: UUID) -> bool:
        """With its messages; whether there was one."""
        ...
