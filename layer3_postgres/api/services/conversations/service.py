"""Read, rename and delete conversations."""

import re
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from api.services.conversations.conversations import Conversation, ConversationNotFound, Conversations, StoredMessage
from api.services.documents.store import Position

WITHHELD = "(This quoted a document that has been deleted.)"
_QUOTED = re.compile(r"“(?:(?!” \[\d+\]).)*” \[(?P<marker>\d+)\]", re.DOTALL)


class ConversationService:
    def __init__(self, conversations: Conversations) -> None:
        self.conversations = conversations

    async def list(self, limit: int, after: Position | None) -> Sequence[Conversation]:
        """Newest first, by the time of the last answer."""
        return await self.conversations.page(limit, after)

    async def get(self, conversation_id: UUID) -> Conversation:
        """Raises `ConversationNotFound`."""
        return _found(await self.conversations.get(conversation_id), conversation_id)

    async def messages(self, conversation_id: UUID, before: int | None, limit: int) -> Sequence[StoredMessage]:
        """The last messages with an index smaller than `before`, oldest first."""
        return [_without_deleted(m) for m in await self.conversations.messages(conversation_id, before, limit)]

    async def rename(self, conversation_id: UUID, title: str) -> Conversation:
        """Raises `ConversationNotFound`."""
        return _found(await self.conversations.rename(conversation_id, title), conversation_id)

    async def remove(self, conversation_id: UUID) -> None:
        """Raises `ConversationNotFound`."""
        if not await self.conversations.remove(conversation_id):
            raise not_found(conversation_id)


def not_found(conversation_id: UUID) -> ConversationNotFound:
    return ConversationNotFound(f"There is no conversation {conversation_id}.")


def _found(conversation: Conversation | None, conversation_id: UUID) -> Conversation:
    if conversation is None:
        raise not_found(conversation_id)
    return conversation


def _without_deleted(message: StoredMessage) -> StoredMessage:
    """The message without the quotes of deleted documents; the rest of its text is unchanged."""
    deleted = {source.marker for source in message.sources if source.deleted}

    def withheld(quoted: re.Match[str]) -> str:
        marker = int(quoted["marker"])
        return f"{WITHHELD} [{marker}]" if marker in deleted else quoted.group()

    return replace(message, content=_QUOTED.sub(withheld, message.content)) if deleted else message
