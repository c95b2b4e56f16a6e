"""The messages of conversations, with what was said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from api.services.conversations.conversations import Conversation, Conversations, StoredMessage
from api.services.documents.store import Position
from api.services.feedback.feedback import Feedback, FeedbackStore


@dataclass(frozen=True)
class RatedMessage(StoredMessage):
    """An answer that somebody rated."""

    feedback: Feedback | None = None


class ConversationsWithFeedback:
    """The port `Conversations`, over another one."""

    def __init__(self, conversations: Conversations, feedback: FeedbackStore) -> None:
        self.conversations = conversations
        self.feedback = feedback

    async def page(self, limit: int, after: Position | None) -> list[Conversation]:
        return await self.conversations.page(limit, after)

    async def get(self, conversation_id: UUID) -> Conversation | None:
        return await self.conversations.get(conversation_id)

    async def messages(self, conversation_id: UUID, before: int | None, limit: int) -> list[StoredMessage]:
        """Those that somebody rated are each a `RatedMessage`."""
        messages = await self.conversations.messages(conversation_id, before, limit)
        given = await self.feedback.of([message.id for message in messages if message.role == "assistant"])
        return [_rated(message, given) for message in messages]

    async def rename(self, conversation_id: UUID, title: str) -> Conversation | None:
        return await self.conversations.rename(conversation_id, title)

    async def remove(self, conversation_id: UUID) -> bool:
        return await self.conversations.remove(conversation_id)


def _rated(message: StoredMessage, given: Mapping[UUID, Feedback]) -> StoredMessage:
    feedback = given.get(message.id)
    return RatedMessage(**vars(message), feedback=feedback) if feedback else message
