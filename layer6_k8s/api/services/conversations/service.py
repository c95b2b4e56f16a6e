"""Read, rename and delete conversations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from api.services.conversations.claims import Edit, read_claims
from api.services.conversations.conversations import (
    Conversation,
    ConversationNotFound,
    Conversations,
    StoredMessage,
    without_quote,
)
from api.services.documents.store import Position

WITHHELD = "(This quoted a document that has been deleted.)"
EARLIER: Mapping[str, Any] = {
    "finish_reason": "stop",
    "notice": None,
    "cached": False,
    "claims": [],
    "revised": False,
    "check_ms": None,
    "nearest": [],
}
"""What an answer has that was stored before answers had these fields."""

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
        return [_as_answered(m) for m in await self.conversations.messages(conversation_id, before, limit)]

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


def _as_answered(message: StoredMessage) -> StoredMessage:
    """The message with all fields of an answer, and without the quotes of deleted documents."""
    if message.answer is None:
        return message
    content, edits = _without_deleted(message)
    answer = {**EARLIER, **message.answer}
    answer["claims"] = read_claims(answer["claims"], message.sources, edits)
    answer["notice"] = without_quote(answer["notice"])  # earlier versions stored it
    answer["nearest"] = message.nearest
    return replace(message, content=content, answer=answer)


def _without_deleted(message: StoredMessage) -> tuple[str, list[Edit]]:
    """The text without the quotes of deleted documents, and what was replaced; the rest of it is unchanged."""
    deleted = {source.marker for source in message.sources if source.deleted}
    edits: list[Edit] = []

    def withheld(quoted: re.Match[str]) -> str:
        marker = int(quoted["marker"])
        if marker not in deleted:
            return quoted.group()
        text = f"{WITHHELD} [{marker}]"
        edits.append(Edit(quoted.start(), quoted.end(), len(text)))
        return text

    return _QUOTED.sub(withheld, message.content), edits
