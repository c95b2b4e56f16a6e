"""The schemas of /sources."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.examples import example
from api.schemas.jobs import JobErrorResponse, JobResponse
from api.schemas.text import Text
from api.services.sources.sources import Source, SourceKind

YEAR = 366 * 86_400
PATH, URL = "Of the folder, on the machine of the service.", "Of the page, file, feed or sitemap."
SOURCE: dict[str, Any] = {"kind": "sitemap", "url": "https://example.com/sitemap.xml", "delete_after_seconds": 3600}


class SourceRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=example(SOURCE))

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


class SourceResponse(BaseModel):
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
    def of(cls, source: Source) -> "SourceResponse":
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


class SourceList(BaseModel):
    sources: list[SourceResponse]


class SyncResponse(BaseModel):
    batch_id: Annotated[UUID | None, Field(description="The batch of the sync and of the jobs that it adds.")]
    jobs: Annotated[list[JobResponse], Field(description="A sync for each source; one that was open keeps its batch.")]
