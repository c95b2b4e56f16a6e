"""The tables of conversations.

conversations 1──n messages 1──n message_sources n──1 chunks, until the document is deleted
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from api.adapters.postgres.schema.document_tables import Row


class ConversationRow(Row, table=True):
    """A conversation. `updated_at`: time of the last answer; the list is ordered by it."""

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint("updated_at >= created_at", name="updated_at"),
        Index("conversations_updated_at_id_idx", text("updated_at DESC"), text("id DESC")),
    )

    id: UUID = Field(primary_key=True)
    title: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class MessageRow(Row, table=True):
    """A message; `index` counts the messages of a conversation from 0."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "index"),
        CheckConstraint("index >= 0", name="index"),
        CheckConstraint("role IN ('user', 'assistant')", name="role"),
        CheckConstraint("(role = 'assistant') = (answer IS NOT NULL)", name="answer"),
    )

    id: UUID = Field(primary_key=True)
    conversation_id: UUID = Field(sa_column=Column(ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False))
    index: int
    role: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    answer: dict[str, Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    """The other fields of `/chat`'s response: model, provider, usage, grounded, refusal, …"""


class MessageSourceRow(Row, table=True):
    """A source of an answer: the document, the offsets in it, and the chunk that has them, as long as it exists.

    The quote is not stored: it is the chunk's text at `start..end`, so it is deleted with the document. The source
    itself remains, which is why `document_id` is not a foreign key.
    """

    __tablename__ = "message_sources"
    __table_args__ = (
        PrimaryKeyConstraint("message_id", "marker"),
        CheckConstraint("marker > 0", name="marker"),
        CheckConstraint("page > 0", name="page"),
        CheckConstraint('start >= 0 AND "end" >= start', name="offsets"),
    )

    message_id: UUID = Field(sa_column=Column(ForeignKey("messages.id", ondelete="CASCADE"), nullable=False))
    marker: int
    document_id: UUID
    chunk_id: UUID | None = Field(
        sa_column=Column(ForeignKey("chunks.id", ondelete="SET NULL"), nullable=True, index=True)
    )
    filename: str = Field(sa_type=Text)
    page: int | None
    start: int
    end: int
    score: float = Field(sa_type=Double)
