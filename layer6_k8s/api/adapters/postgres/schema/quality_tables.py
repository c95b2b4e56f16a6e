"""The table of reports on the data."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, REAL, CheckConstraint, Column, DateTime, Index, text
from sqlmodel import Field

from api.adapters.postgres.schema.document_tables import Row


class QualityReportRow(Row, table=True):
    """A report on the data; `id` is the job's that made it."""

    __tablename__ = "quality_reports"
    __table_args__ = (
        CheckConstraint("compared BETWEEN 0 AND documents", name="compared"),
        Index("quality_reports_checked_at_idx", text("checked_at DESC")),
    )

    id: UUID = Field(primary_key=True)
    checked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    seconds: float = Field(sa_type=REAL)
    findings: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    documents: int
    compared: int
    """Documents whose chunks were compared with their text."""
    unanswered: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """The codes of the checks that took too long."""
