"""Rate answers, withdraw a rating, and read what was said."""

from collections.abc import Sequence
from uuid import UUID

from api.services.documents.store import Position
from api.services.feedback.feedback import (
    AnswerNotFound,
    Feedback,
    FeedbackNotFound,
    FeedbackStore,
    RatedAnswer,
    Rating,
)


class FeedbackService:
    def __init__(self, store: FeedbackStore) -> None:
        self.store = store

    async def rate(self, feedback: Feedback) -> Feedback:
        """One rating per answer: the last one counts. Raises `AnswerNotFound`."""
        if await self.store.put(feedback) is None:
            raise AnswerNotFound(f"There is no answer {feedback.message_id}.")
        return feedback

    async def withdraw(self, message_id: UUID) -> None:
        """Raises `FeedbackNotFound`."""
        if not await self.store.remove(message_id):
            raise FeedbackNotFound(f"There is no feedback on an answer {message_id}.")

    async def list(
        self, limit: int, after: Position | None, rating: Rating | None, corrected: bool | None
    ) -> Sequence[RatedAnswer]:
        """Newest first."""
        return await self.store.page(limit, after, rating, corrected)
