"""The table of exported tenants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, Integer, LargeBinary, text
from sqlmodel import Field

from api.adapters.postgres.schema.document_tables import Row


class ArchiveRow(Row, table=True):
    """A part of the archive that an `export` job has written. It is deleted when it has expired, and with the job."""

    __tablename__ = "archives"

    job_id: UUID = Field(sa_column=Column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True))
    part: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("now()"))
    )
