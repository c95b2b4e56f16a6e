"""Metrics of what people say of answers."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from api.services.documents.store import Position
from api.services.feedback.feedback import Feedback, FeedbackStore, RatedAnswer, Rating
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import FEEDBACK


class CountedVotes:
    """The port `FeedbackStore`, over another one. Who changes a vote has voted twice."""

    def __init__(self, store: FeedbackStore, metrics: Metrics) -> None:
        self.store = store
        self.metrics = metrics

    async def put(self, feedback: Feedback) -> bool:
        """See `FeedbackStore`."""
        kept = await self.store.put(feedback)
        if kept:
            self.metrics.count(FEEDBACK, rating=feedback.rating)
        return kept

    async def remove(self, message_id: UUID) -> bool:
        """See `FeedbackStore`."""
        return await self.store.remove(message_id)

    async def of(self, message_ids: Sequence[UUID]) -> Mapping[UUID, Feedback]:
        """See `FeedbackStore`."""
        return await self.store.of(message_ids)

    async def page(
        self, limit: int, after: Position | None, rating: Rating | None, corrected: bool | None
    ) -> list[RatedAnswer]:
        """See `FeedbackStore`."""
        return await self.store.page(limit, after, rating, corrected)
