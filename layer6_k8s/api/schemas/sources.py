"""The schemas of /sources."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.examples import example
from api.schemas.jobs import JOB, JobErrorResponse, JobResponse
from api.schemas.text import Text
from api.services.sources.sources import Source, SourceKind

YEAR = 366 * 86_400
PATH, URL = "Of the folder, on the machine of the service.", "Of the page, file, feed or sitemap."
NEW: dict[str, Any] = {"kind": "sitemap", "url": "https://example.com/sitemap.xml", "delete_after_seconds": 3600}
SOURCE: dict[str, Any] = {
    "id": "0b6d1a52-7a52-4c0f-8d5c-3f1f0c9a7b11",
    **NEW,
    "path": None,
    "watch": False,
    "created_at": "2026-11-28T07:00:00Z",
    "items": 40,
    "synced_at": "2026-11-28T08:00:00Z",
    "counts": {"new": 1, "unchanged": 39},
    "error": None,
}
BATCH = "7c2f4a9e-1d3b-4e58-9a6c-0f5e8d7b2c31"
SYNC = JOB | {"kind": "sync", "filename": SOURCE["url"], "document_id": None, "batch_id": BATCH}


class NewSourceRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=example(NEW))

    kind: SourceKind
    path: Annotated[Text | None, Field(description=PATH, min_length=1, max_length=4_000)] = None
    url: Annotated[Text | None, Field(description=URL, max_length=2_000, pattern=r"^https?://\S+$")] = None
    delete_after_seconds: Annotated[
        int, Field(description="How long an item is missing until its document is deleted.", ge=0, le=YEAR)
    ] = 3600
    watch: Annotated[bool, Field(description="Whether changes in a folder are synced at once.")] = True

    @model_validator(mode="after")
    def one_of_them(self) -> Self:
        if (self.path is None) == (self.kind == "folder") or (self.url is None) == (self.kind != "folder"):
            raise ValueError("give path for a folder, and url for the other kinds")
        return self

    @property
    def location(self) -> str:
        return self.path or self.url or ""


class SyncedSource(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(SOURCE))

    id: UUID
    kind: SourceKind
    path: Annotated[str | None, Field(description=PATH)]
    url: Annotated[str | None, Field(description=URL)]
    delete_after_seconds: int
    watch: bool
    created_at: datetime
    items: Annotated[int, Field(description="Files or pages that are known.")]
    synced_at: Annotated[datetime | None, Field(description="When the last sync ended.")]
    counts: Annotated[dict[str, int], Field(description="What the last sync found and did.")]
    error: Annotated[JobErrorResponse | None, Field(description="Why the last sync failed, if it did.")]

    @classmethod
    def of(cls, source: Source) -> "SyncedSource":
        is_folder = source.kind == "folder"
        return cls(
            id=source.id,
            kind=source.kind,
            path=source.location if is_folder else None,
            url=None if is_folder else source.location,
            delete_after_seconds=source.delete_after,
            watch=source.watch,
            created_at=source.created_at,
            items=source.items,
            synced_at=source.synced_at,
            counts=dict(source.counts),
            error=JobErrorResponse.model_validate(source.error) if source.error else None,
        )


class SyncedSourceList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"sources": [SOURCE]}))

    sources: list[SyncedSource]


class SyncResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"batch_id": BATCH, "jobs": [SYNC]}))

    batch_id: Annotated[UUID | None, Field(description="The batch of the sync and of the jobs that it adds.")]
    jobs: Annotated[list[JobResponse], Field(description="A sync for each source; one that was open keeps its batch.")]
