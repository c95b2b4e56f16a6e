"""Conversations, and the ports to their store.

A conversation has turns, each a question and its whole answer with its sources. It is created with its first turn, so
it is never empty.

    MyStackError
    ├── ConversationNotFound    404 conversation_not_found
    └── NotTheLastAnswer        409 not_the_last_answer
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from api.errors import MyStackError
from api.services.chat.turn import Answer, Claim, Source
from api.services.documents.store import Position
from api.services.text.above import Above, above

ANSWER_METADATA = (
    "model",
    "provider",
    "latency_ms",
    "request_id",
    "finish_reason",
    "notice",
    "cached",
    "grounded",
    "refusal",
    "removed_markers",
    "revised",
    "check_ms",
)


_QUOTED_AT_END = re.compile(r": “.*”$", re.DOTALL)


class ConversationNotFound(MyStackError):
    """There is no such conversation. GET /conversations lists them."""

    status = 404
    code = "conversation_not_found"


class NotTheLastAnswer(MyStackError):
    """Only the last answer of a conversation can be replaced. Read the conversation again: another turn was added."""

    status = 409
    code = "not_the_last_answer"


@dataclass(frozen=True)
class Conversation:
    """`updated_at`: when the last answer was complete."""

    id: UUID
    title: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class StoredSource:
    """A source as it is when it is read; if its document has been deleted, it has no chunk and no quote.

    `chunk_text` begins at offset `chunk_start` of the document.
    """

    marker: int
    document_id: UUID
    filename: str
    chunk_id: UUID | None
    page: int | None
    start: int
    end: int
    score: float
    chunk_start: int | None
    chunk_text: str | None
    chunk_heading: str | None

    @property
    def deleted(self) -> bool:
        return self.chunk_id is None

    @property
    def above(self) -> Above | None:
        """What stands above the chunk."""
        return None if self.chunk_heading is None else above(self.chunk_heading)

    @property
    def quote(self) -> str | None:
        return self.text(self.start, self.end)

    def text(self, start: int, end: int) -> str | None:
        """The document's text at `start..end`, which is within the chunk; None if the document has been deleted."""
        if self.chunk_text is None or self.chunk_start is None:
            return None
        return self.chunk_text[start - self.chunk_start : end - self.chunk_start]


@dataclass(frozen=True)
class StoredMessage:
    """A message; `answer` is the result of `answer_metadata`, and None for a question.

    `nearest`: the passages that a refusal shows, without those whose documents have been deleted.
    """

    id: UUID
    index: int
    role: Literal["user", "assistant"]
    content: str
    created_at: datetime
    answer: Mapping[str, Any] | None
    sources: Sequence[StoredSource] = ()
    nearest: Sequence[StoredSource] = ()


@dataclass(frozen=True)
class PastMessage:
    """A message before a follow-up. `outdated`: it cites a document that has been deleted."""

    id: UUID
    role: Literal["user", "assistant"]
    content: str
    outdated: bool


@dataclass(frozen=True)
class StoredTurn:
    """A question and its answer, to be stored.

    `title` is that of the new conversation, or None if the turn continues one; `replaces` is the answer that is
    replaced together with its question.
    """

    conversation_id: UUID
    title: str | None
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
    """What is stored of an answer besides its text and its sources. `claims.py` reads the claims again."""
    usage = asdict(answer.usage) | {"total_tokens": answer.usage.total_tokens}
    claims = [stored_claim(claim) for claim in answer.claims]
    own = {name: getattr(answer, name) for name in ANSWER_METADATA}
    own |= {"usage": usage, "claims": claims, "notice": without_quote(answer.notice)}
    return own | {"nearest": [stored_passage(one) for one in answer.nearest]}


def stored_claim(claim: Claim) -> dict[str, Any]:
    """The claim without the quotes of its evidence, so that they are deleted with their documents."""
    evidence = [{"marker": one.marker, "start": one.start, "end": one.end} for one in claim.evidence]
    return {"start": claim.start, "end": claim.end, "support": claim.support, "evidence": evidence}


def without_quote(notice: str | None) -> str | None:
    """The notice without the passage that it quotes at its end, which is deleted with its document."""
    return notice and _QUOTED_AT_END.sub(".", notice)


def stored_passage(passage: Source) -> dict[str, Any]:
    """Where a passage under a refusal is. Its quote and its file's name are read with the document, or not at all."""
    span = {"marker": passage.marker, "start": passage.start, "end": passage.end, "score": passage.score}
    return {**span, "chunk_id": str(passage.chunk_id)}


class TurnLog(Protocol):
    """Stores turns, and reads the messages before a follow-up. Both methods raise `StoreUnavailable`."""

    async def last_messages(self, conversation_id: UUID, limit: int) -> list[PastMessage]:
        """Oldest first; none if there is no such conversation."""
        ...

    async def store(self, turn: StoredTurn) -> None:
        """Store all of the turn or, if this raises, nothing. Concurrent turns are stored one after the other.

        Raises `ConversationNotFound` if the conversation has been deleted meanwhile.
        """
        ...


class Conversations(Protocol):
    """The stored conversations. All methods raise `StoreUnavailable`."""

    async def page(self, limit: int, after: Position | None) -> list[Conversation]:
        """Newest first, by `updated_at`."""
        ...

    async def get(self, conversation_id: UUID) -> Conversation | None: ...

    async def messages(self, conversation_id: UUID, before: int | None, limit: int) -> list[StoredMessage]:
        """The last messages with an index smaller than `before`, oldest first."""
        ...

    async def rename(self, conversation_id: UUID, title: str) -> Conversation | None: ...

    async def remove(self, conversation_id: UUID) -> bool:
        """Delete it with its messages; False if there was none."""
        ...
