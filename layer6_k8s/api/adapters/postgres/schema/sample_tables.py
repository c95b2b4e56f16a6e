"""The tables of quality in production: answers that were looked at again, and profiles of weeks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, REAL, CheckConstraint, Column, DateTime, ForeignKey, Index, text
from sqlmodel import Field

from api.adapters.postgres.schema.document_tables import Row


class SampleRow(Row, table=True):
    """What was found when an answer was looked at again."""

    __tablename__ = "samples"
    __table_args__ = (
        CheckConstraint("lost BETWEEN 0 AND claims AND different + deleted BETWEEN 0 AND sources", name="counts"),
    )

    message_id: UUID = Field(sa_column=Column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True))
    answered_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    claims: int
    lost: int
    sources: int
    different: int
    deleted: int
    refused: bool
    again_refused: bool | None
    again_grounded: bool | None
    overlap: float | None = Field(sa_type=REAL)


class ProfileRow(Row, table=True):
    """What was asked and found in the seven days before `at`; the one without a drift is the reference."""

    __tablename__ = "answer_profiles"
    __table_args__ = (
        Index(
            "answer_profiles_reference_idx",
            text("(drift IS NULL)"),
            unique=True,
            postgresql_where=text("drift IS NULL"),
        ),
    )

    at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    profile: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    drift: dict[str, Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
