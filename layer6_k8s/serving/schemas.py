"""The schemas of /v1/rerank, in the form that Jina, Cohere and vLLM share."""

from typing import Annotated

from pydantic import BaseModel, Field

MAX_DOCUMENTS = 256
Passage = Annotated[str, Field(min_length=1, max_length=100_000)]


class RerankRequest(BaseModel):
    query: Passage
    documents: Annotated[list[Passage], Field(min_length=1, max_length=MAX_DOCUMENTS)]
    model: str | None = None
    top_n: Annotated[int | None, Field(ge=1)] = None


class RerankResult(BaseModel):
    index: int
    relevance_score: float


class RerankResponse(BaseModel):
    model: str
    results: list[RerankResult]
    """The most relevant first."""
