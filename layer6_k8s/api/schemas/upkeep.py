"""The schemas of /quality."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.examples import example

QUALITY: dict[str, Any] = {
    "job_id": "5d1f0c3e-8a56-4a77-9d6e-2f4d1f3c7a10",
    "checked_at": "2026-11-28T07:00:02Z",
    "seconds": 1.4,
    "findings": [
        {
            "code": "chunk_without_vector",
            "count": 3,
            "examples": ["5a1f0b3c-0d0e-5c7b-8f51-3f6f7d1f2b90"],
            "advice": "These chunks are found by their words only. POST /jobs/refresh-embeddings embeds them.",
            "repaired": 3,
        }
    ],
    "documents": 120,
    "compared": 120,
    "unanswered": [],
}


class FindingResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: Annotated[str, Field(description="Stable, in snake_case; programs should test this field.")]
    count: Annotated[int, Field(ge=1)]
    examples: Annotated[list[str], Field(description="Ids of at most 20 of them: of documents, chunks or jobs.")]
    advice: Annotated[str, Field(description="What to do.")]
    repaired: Annotated[int, Field(description="For how many of them the check has queued a repair.")]


class QualityResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(QUALITY))

    job_id: Annotated[UUID | None, Field(description="The job that made the report.")] = None
    checked_at: Annotated[datetime | None, Field(description="Null before the first check.")] = None
    seconds: Annotated[float, Field(description="How long the check took.")] = 0
    findings: list[FindingResponse] = []
    documents: Annotated[int, Field(description="The number of documents.")] = 0
    compared: Annotated[
        int, Field(description="Documents whose chunks were compared with their text. Large libraries take several.")
    ] = 0
    unanswered: Annotated[list[str], Field(description="Codes of the checks that took too long.")] = []
