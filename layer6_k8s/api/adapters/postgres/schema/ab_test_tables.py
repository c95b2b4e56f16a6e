"""The table of A/B tests. What happened in them is in `answered` and `feedback`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Column, DateTime, Index, Text, text
from sqlmodel import Field

from api.adapters.postgres.schema.document_tables import Row


class ABTestRow(Row, table=True):
    """A test. It has a reason and a verdict exactly when it was stopped; for each kind of unit, one runs at a time."""

    __tablename__ = "ab_tests"
    __table_args__ = (
        CheckConstraint("stop IN ('sequential', 'fixed')", name="stop"),
        CheckConstraint("verdict IN ('A', 'B', 'not decided')", name="verdict"),
        CheckConstraint("num_nulls(stopped_at, stopped_reason, verdict) IN (0, 3)", name="stopped"),
        CheckConstraint("horizon > 0", name="horizon"),
        Index("ab_tests_running_idx", "unit", unique=True, postgresql_where=text("stopped_at IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    arms: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    unit: str = Field(sa_type=Text)
    metric: str = Field(sa_type=Text)
    guardrails: list[str] = Field(sa_column=Column(JSON, nullable=False))
    horizon: int
    stop: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    stopped_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    stopped_reason: str | None = Field(sa_type=Text)
    verdict: str | None = Field(sa_type=Text)
