"""What people say of answers, and the port to its store.

MyStackError
├── AnswerNotFound      404 answer_not_found
└── FeedbackNotFound    404 feedback_not_found
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from api.errors import MyStackError
from api.services.documents.store import Position

Rating = Literal["up", "down"]
Kept = Literal["new", "changed", "same"]
"""How the rating of an answer compares with the one before it; `new`: nobody had rated it, or it was withdrawn."""


class AnswerNotFound(MyStackError):
    """There is no such answer. `message_id` is that of a stored answer, as /chat gave it."""

    status = 404
    code = "answer_not_found"


class FeedbackNotFound(MyStackError):
    """Nobody has rated this answer, or the rating was withdrawn."""

    status = 404
    code = "feedback_not_found"


@dataclass(frozen=True)
class Feedback:
    """What was said of the answer `message_id` last. `correction`: the answer that was expected."""

    message_id: UUID
    at: datetime
    rating: Rating
    reason: str | None = None
    comment: str | None = None
    correction: str | None = None


@dataclass(frozen=True)
class CitedDocument:
    """A document that the rated answer cites. `deleted`: it is no longer stored."""

    id: UUID
    filename: str
    deleted: bool


@dataclass(frozen=True)
class RatedAnswer:
    """Feedback with the question that was answered. The answer's text stays in its conversation, where the quotes of
    deleted documents are withheld."""

    feedback: Feedback
    conversation_id: UUID
    question: str
    documents: Sequence[CitedDocument]


class FeedbackStore(Protocol):
    """All methods raise `StoreUnavailable`."""

    async def put(self, feedback: Feedback) -> Kept | None:
        """Keep it instead of what was said before; None if there is no such answer."""
        ...

    async def remove(self, message_id: UUID) -> bool:
        """False if there was none."""
        ...

    async def of(self, message_ids: Sequence[UUID]) -> Mapping[UUID, Feedback]:
        """By the id of the message; without those that nobody rated."""
        ...

    async def page(
        self, limit: int, after: Position | None, rating: Rating | None, corrected: bool | None
    ) -> list[RatedAnswer]:
        """Newest first. `corrected`: only those with a correction, or only those without."""
        ...
