"""Requests and responses of /conversations."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas.chat import EXAMPLE_ANSWER, EXAMPLE_SOURCE, SourceResponse
from api.schemas.examples import example
from api.schemas.feedback import FEEDBACK, FeedbackResponse
from api.schemas.search import AboveResponse
from api.schemas.text import storable
from api.schemas.usage import UsageResponse

CONVERSATION: dict[str, Any] = {
    "id": EXAMPLE_ANSWER["conversation_id"],
    "title": "What is retrieval-augmented generation?",
    "created_at": "2026-11-20T09:30:00.125Z",
    "updated_at": "2026-11-20T09:30:01.250Z",
}
ANSWER_METADATA: dict[str, Any] = {
    name: value
    for name, value in EXAMPLE_ANSWER.items()
    if name not in ("response", "sources", "conversation_id", "message_id")
}
MESSAGES: list[dict[str, Any]] = [
    {
        "id": "d2a4c6e8-1b3d-4f5a-8c7e-0a9b8c7d6e5f",
        "role": "user",
        "content": CONVERSATION["title"],
        "created_at": CONVERSATION["created_at"],
        "answer": None,
        "sources": [],
        "feedback": None,
    },
    {
        "id": EXAMPLE_ANSWER["message_id"],
        "role": "assistant",
        "content": EXAMPLE_ANSWER["response"],
        "created_at": CONVERSATION["updated_at"],
        "answer": ANSWER_METADATA,
        "sources": [EXAMPLE_SOURCE | {"deleted": False}],
        "feedback": FEEDBACK,
    },
]


class ConversationResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(CONVERSATION))

    id: UUID
    title: str
    created_at: datetime
    updated_at: Annotated[datetime, Field(description="When the last answer was complete.")]


class ConversationList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"conversations": [CONVERSATION], "next_cursor": None}))

    conversations: list[ConversationResponse]
    next_cursor: str | None


class StoredSourceResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    marker: Annotated[int, Field(description="The answer cites this source as `[marker]`.")]
    document_id: UUID
    filename: str
    chunk_id: UUID | None
    page: int | None
    start: int
    end: int
    quote: Annotated[str | None, Field(description="The document's stored text at `start..end`; null when deleted.")]
    score: float
    above: Annotated[AboveResponse | None, Field(description="What stands above its chunk; null when deleted.")]
    deleted: Annotated[bool, Field(description="The document has been deleted and can no longer be quoted.")]


class StoredEvidenceResponse(BaseModel):
    marker: int
    start: int
    end: int
    quote: Annotated[str | None, Field(description="The document's stored text at `start..end`; null when deleted.")]


class StoredClaimResponse(BaseModel):
    start: Annotated[int, Field(description="The claim is `content[start:end]`, in characters.")]
    end: int
    support: Literal["supported", "unsupported", "unknown"]
    sources: list[int]
    evidence: list[StoredEvidenceResponse]


class AnswerMetadata(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    model: str
    provider: str
    usage: UsageResponse
    latency_ms: float
    request_id: str
    finish_reason: Literal["stop", "length", "content_filter", "tool_calls"]
    notice: str | None
    cached: bool
    grounded: bool
    claims: list[StoredClaimResponse]
    refusal: str | None
    nearest: Annotated[
        list[SourceResponse],
        Field(description="The passages under a refusal, without those whose documents have been deleted."),
    ]
    removed_markers: int
    revised: bool
    check_ms: float | None


class MessageResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    role: Literal["user", "assistant"]
    content: str
    created_at: datetime
    answer: Annotated[
        AnswerMetadata | None, Field(description="The other fields of `/chat`'s response; null for a question.")
    ]
    sources: list[StoredSourceResponse]
    feedback: Annotated[
        FeedbackResponse | None, Field(description="What was said of the answer; null if nobody rated it.")
    ] = None


class ConversationWithMessages(ConversationResponse):
    model_config = ConfigDict(json_schema_extra=example(CONVERSATION | {"messages": MESSAGES, "next_cursor": None}))

    messages: Annotated[list[MessageResponse], Field(description="The last messages, oldest first.")]
    next_cursor: Annotated[str | None, Field(description="Leads to the messages before these.")]


def one_line(text: str) -> str:
    """A title on one line. Raises `ValueError` for a blank one."""
    line = " ".join(storable(text).split())
    if not line:
        raise ValueError("must not be blank")
    return line


class TitleChange(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"title": "Our first steps with RAG"}))

    title: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
