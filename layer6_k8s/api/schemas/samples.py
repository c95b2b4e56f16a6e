"""The schema of /quality/answers."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.examples import example

FOUND: dict[str, Any] = {
    "samples": 40,
    "claims": 96,
    "lost": 1,
    "quotes": 110,
    "different": 0,
    "answered_again": 40,
    "changed": 2,
    "overlap": 0.91,
    "drift": {"retrieval_score": 0.03, "refusal": 0.01, "language": 0.0, "question": 0.02},
}


class AnswerQualityResponse(BaseModel):
    """Of the sample of the last seven days."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(FOUND))

    samples: Annotated[int, Field(description="Stored answers from the documents that were looked at again.")]
    claims: Annotated[int, Field(description="Claims in them that were supported.")]
    lost: Annotated[int, Field(description="Of these: no source supports them any more.")]
    quotes: Annotated[int, Field(description="Sources whose documents are there.")]
    different: Annotated[int, Field(description="Of these: the quote is not the text of the document.")]
    answered_again: Annotated[int, Field(description="Questions that were asked again, of the service as it is now.")]
    changed: Annotated[int, Field(description="Of these: refused then and answered now, or the other way round.")]
    overlap: Annotated[float | None, Field(description="The mean share of cited chunks that both answers have.")]
    drift: Annotated[
        dict[str, float],
        Field(description="Since the reference week, by measure; below 0.1 little has changed, above 0.25 much."),
    ] = {}
