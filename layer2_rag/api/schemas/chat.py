"""The shapes of /chat and /chat/stream."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas.search import DocumentIds, FilterShape
from api.schemas.text import Text, storable


class ChatMessage(BaseModel):
    role: Literal["system", "user", "assistant"]
    content: Annotated[Text, Field(max_length=100_000)]


class ChatRequest(BaseModel):
    message: Annotated[
        str,
        Field(min_length=1, max_length=8000, description="What to answer."),
        AfterValidator(storable),
    ]
    history: Annotated[
        list[ChatMessage],
        Field(max_length=1000, description="What was said before, oldest first."),
    ] = []
    model: Annotated[
        Text | None,
        Field(max_length=200, description="One of GET /models; the default model when left out."),
    ] = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    use_rag: Annotated[bool, Field(description="Answer from the documents.")] = True
    top_k: Annotated[int | None, Field(ge=1, le=50, description="How many chunks may become sources.")] = None
    filters: FilterShape | None = None
    document_ids: DocumentIds | None = None
    on_no_evidence: Annotated[
        Literal["refuse", "answer"],
        Field(description="When the documents do not hold the answer: say so, or let the model answer ungrounded."),
    ] = "refuse"

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"message": "What is retrieval-augmented generation?"}]},
    )


class UsageShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    estimated: Annotated[bool, Field(description="The provider did not count: these are our estimates.")]
    trimmed_messages: Annotated[int, Field(description="Oldest history messages that did not fit the window.")]


class SourceShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    marker: Annotated[int, Field(description="The answer cites this source as `[marker]`.")]
    document_id: UUID
    filename: str
    chunk_id: UUID
    page: int | None
    start: int
    end: int
    quote: Annotated[str, Field(description="Equals the document's stored text at `start..end`.")]
    score: float


class ChatResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    response: str
    model: str
    provider: str
    usage: UsageShape
    latency_ms: float
    request_id: str
    grounded: Annotated[bool, Field(description="The answer rests on the sources, and every marker was checked.")]
    sources: list[SourceShape]
    refusal: Annotated[str | None, Field(description="Why there is no answer: `no_documents`, `nothing_relevant`.")]
    removed_markers: Annotated[int, Field(description="Markers the model invented; they were taken out.")]


def event_stream_docs() -> dict[int | str, dict[str, Any]]:
    """How the OpenAPI document describes the stream."""
    text = (
        'Server-sent events: `token` with `{"text"}`, then `done` with the object that /chat answers, '
        "or `error` with a problem object."
    )
    return {200: {"description": text, "content": {"text/event-stream": {"schema": {"type": "string"}}}}}
