"""The tables of sources and of their items."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Column, DateTime, ForeignKey, Integer, Text, UniqueConstraint, text
from sqlmodel import Field

from api.adapters.postgres.schema.document_tables import Row

NOW = text("now()")
FALSE, EMPTY = text("false"), text("''")


class SourceRow(Row, table=True):
    """A folder, page, feed or sitemap that the library is kept in step with."""

    __tablename__ = "sources"
    __table_args__ = (
        UniqueConstraint("kind", "location"),
        CheckConstraint("kind IN ('folder', 'url', 'feed', 'sitemap')", name="kind"),
        CheckConstraint("delete_after >= 0", name="delete_after"),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    location: str = Field(sa_type=Text)
    delete_after: int = Field(sa_type=Integer)
    """Seconds that an item is missing until its document is deleted."""
    watch: bool
    requested: bool = Field(sa_column_kwargs={"server_default": FALSE})
    """Whether somebody wants a sync that has not begun."""
    confirmed: bool = Field(sa_column_kwargs={"server_default": FALSE})
    """Whether the next sync may delete most documents."""
    counts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    error: dict[str, Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    synced_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=NOW))


class SourceItemRow(Row, table=True):
    """A file or page of a source."""

    __tablename__ = "source_items"
    __table_args__ = (CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),)

    source_id: UUID = Field(sa_column=Column(ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    """Its path below the folder, or its address."""
    sha256: str | None = Field(sa_type=Text)
    document_id: UUID | None = Field(index=True)
    previous_id: UUID | None = Field(index=True)
    """The document that is found until the other one is stored."""
    stamp: str = Field(sa_column=Column(Text, nullable=False, server_default=EMPTY))
    """Size and time of a file."""
    etag: str = Field(sa_column=Column(Text, nullable=False, server_default=EMPTY))
    modified: str = Field(sa_column=Column(Text, nullable=False, server_default=EMPTY))
    seen_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=NOW))
    missing_since: datetime | None = Field(sa_column=Column(DateTime(timezone=True), nullable=True))
    error: str | None = Field(sa_type=Text)
