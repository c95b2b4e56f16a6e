"""Metrics of what people say of answers."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from api.services.documents.store import Position
from api.services.feedback.feedback import Feedback, FeedbackStore, Kept, RatedAnswer, Rating
from api.services.metrics.metrics import Metrics
from api.services.metrics.names import FEEDBACK


class CountedVotes:
    """The port `FeedbackStore`, over another one.

    A vote is counted when it is the first on its answer, or another than the one before. The same vote again, which the
    page sends with the reason, is not counted. A counter never falls, so a vote that is withdrawn stays counted.
    """

    def __init__(self, store: FeedbackStore, metrics: Metrics) -> None:
        self.store = store
        self.metrics = metrics

    async def put(self, feedback: Feedback) -> Kept | None:
        """See `FeedbackStore`."""
        kept = await self.store.put(feedback)
        if kept in ("new", "changed"):
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
