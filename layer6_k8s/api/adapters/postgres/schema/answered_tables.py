"""The tables of answers that were given, and of what people said of them."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import REAL, CheckConstraint, Column, DateTime, ForeignKey, Index, Numeric, Text, text
from sqlmodel import Field

from api.adapters.postgres.schema.document_tables import Row


class AnsweredRow(Row, table=True):
    """One answer, without its words; `id` is its message's if it was stored. Deleting a conversation keeps the row."""

    __tablename__ = "answered"
    __table_args__ = (
        CheckConstraint("prompt_tokens >= 0 AND completion_tokens >= 0", name="tokens"),
        CheckConstraint("cost >= 0", name="cost"),
        CheckConstraint("(experiment IS NULL) = (arm IS NULL)", name="arm"),
        Index("answered_at_idx", "at"),
        Index("answered_experiment_idx", "experiment", "at", postgresql_where=text("experiment IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    route: str = Field(sa_type=Text)
    request_id: str = Field(sa_type=Text)
    conversation_id: UUID | None
    provider: str = Field(sa_type=Text)
    model: str = Field(sa_type=Text)
    prompt_tokens: int
    completion_tokens: int
    cost: Decimal | None = Field(sa_column=Column(Numeric(16, 8)))
    """In the currency of prices.toml; NULL when the model has no price."""
    latency_ms: float = Field(sa_type=REAL)
    grounded: bool
    refusal: str | None = Field(sa_type=Text)
    supported: int
    unsupported: int
    unknown: int
    """Claims by their support."""
    removed_markers: int
    experiment: UUID | None
    arm: str | None = Field(sa_type=Text)


class FeedbackRow(Row, table=True):
    """What somebody said of an answer; the last word counts."""

    __tablename__ = "feedback"
    __table_args__ = (CheckConstraint("rating IN ('up', 'down')", name="rating"),)

    message_id: UUID = Field(sa_column=Column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True))
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    rating: Literal["up", "down"] = Field(sa_type=Text)
    reason: str | None = Field(sa_type=Text)
    comment: str | None = Field(sa_type=Text)
    correction: str | None = Field(sa_type=Text)
