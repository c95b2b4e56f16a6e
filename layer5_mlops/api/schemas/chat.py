"""The shapes of /chat and /chat/stream."""

import json
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

from api.schemas.numbers import JsonNumber
from api.schemas.search import DocumentIds, FiltersJson
from api.schemas.text import Text, storable
from api.schemas.usage import EXAMPLE_USAGE, UsageResponse


class TurnFields(BaseModel):
    """What a request says about its answer, at /chat as at /v1/chat/completions. A turn has fields of these names."""

    model: Annotated[
        Text | None,
        Field(max_length=200, description="A model of GET /models; without it, the default model."),
    ] = None
    temperature: Annotated[float | None, Field(ge=0, le=2), JsonNumber] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000), JsonNumber] = None
    use_rag: Annotated[
        StrictBool | None,
        Field(description="Whether to answer from the documents; by default the setting USE_RAG, which is true."),
    ] = None
    top_k: Annotated[
        int | None,
        Field(ge=1, le=50, description="Maximum number of chunks that become sources."),
        JsonNumber,
    ] = None
    filters: FiltersJson | None = None
    document_ids: DocumentIds | None = None
    on_no_evidence: Annotated[
        Literal["refuse", "answer"],
        Field(
            description="If the documents do not contain the answer: say so, or let the model answer without sources."
        ),
    ] = "refuse"


class ChatMessage(BaseModel):
    role: Literal["system", "user", "assistant"]
    content: Annotated[Text, Field(max_length=100_000)]


class ChatRequest(TurnFields):
    message: Annotated[
        str,
        Field(min_length=1, max_length=8000, description="The question or message to answer."),
        AfterValidator(storable),
    ]
    history: Annotated[
        list[ChatMessage],
        Field(max_length=1000, description="Earlier messages, oldest first."),
    ] = []
    conversation_id: Annotated[
        UUID | None,
        Field(description="Continue this conversation, whose messages are stored; without it, a new one starts."),
    ] = None
    replaces: Annotated[
        UUID | None,
        Field(
            description="`message_id` of the conversation's last answer: it and its question are replaced by this turn."
        ),
    ] = None
    store: Annotated[StrictBool, Field(description="False: answer without storing anything.")] = True

    @model_validator(mode="after")
    def _one_past(self) -> Self:
        """A conversation and a history, or two targets of an answer, could contradict each other."""
        if self.conversation_id and self.history:
            raise ValueError("send `conversation_id` or `history`, not both: the service knows what was said before")
        if self.replaces and not self.conversation_id:
            raise ValueError("`replaces` needs the `conversation_id` that the answer is of")
        return self

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"message": "What is retrieval-augmented generation?"},
                {
                    "message": "And what is it good for?",
                    "history": [
                        {"role": "user", "content": "What is RAG?"},
                        {"role": "assistant", "content": "Answering from passages that were looked up first."},
                    ],
                    "temperature": 0.2,
                    "max_tokens": 300,
                },
            ]
        },
    )


class SourceResponse(BaseModel):
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


class EvidenceResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    marker: int
    start: int
    end: int
    quote: Annotated[str, Field(description="Equals the source document's stored text at `start..end`.")]


class ClaimResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    start: Annotated[int, Field(description="The claim is `response[start:end]`, in characters.")]
    end: int
    support: Annotated[
        Literal["supported", "unsupported", "unknown"],
        Field(description="Whether a source supports it; `unknown`: it cannot be compared, such as another language."),
    ]
    sources: Annotated[list[int], Field(description="The markers of the sources that support it.")]
    evidence: Annotated[list[EvidenceResponse], Field(description="What each of these sources says.")]


EXAMPLE_ANSWER: dict[str, Any] = {
    "response": "“Retrieval finds passages, and the model answers from them.”",
    "model": "llama3.2:latest",
    "provider": "ollama",
    "usage": EXAMPLE_USAGE,
    "finish_reason": "stop",
    "notice": None,
    "cached": False,
    "latency_ms": 812.4,
    "request_id": "9f1c2a4e-5b7d-4c1e-8a3f-2d6b9e0c4a71",
}
EXAMPLE_SOURCE: dict[str, Any] = {
    "marker": 1,
    "document_id": "0b8f6a52-3c1d-4e7f-9a60-5d2c8b1e4f73",
    "filename": "rag.md",
    "chunk_id": "7d4e2b90-1f3a-5c68-8e05-9a6b3c7d2f14",
    "page": None,
    "start": 120,
    "end": 178,
    "quote": "Retrieval finds passages, and the model answers from them.",
    "score": 0.91,
}
EXAMPLE_ANSWER |= {
    "response": f"{EXAMPLE_ANSWER['response']} [1]",
    "grounded": True,
    "claims": [
        {
            "start": 0,
            "end": 64,
            "support": "supported",
            "sources": [1],
            "evidence": [{name: EXAMPLE_SOURCE[name] for name in ("marker", "start", "end", "quote")}],
        }
    ],
    "sources": [EXAMPLE_SOURCE],
    "refusal": None,
    "nearest": [],
    "removed_markers": 0,
    "revised": False,
    "check_ms": None,
    "conversation_id": "3f0e9a6c-7d2b-4b8e-9c41-2a5d8f7b6e10",
    "message_id": "b7c1d2e3-4f5a-4b6c-8d7e-9f0a1b2c3d4e",
}


class ChatResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE_ANSWER]})

    response: str
    model: str
    provider: str
    usage: UsageResponse
    finish_reason: Annotated[
        Literal["stop", "length", "content_filter", "tool_calls"],
        Field(description="Why the answer ends; `length`: it was cut off at `max_tokens`."),
    ]
    notice: Annotated[
        str | None, Field(description="A sentence for the user about how the answer came about, or null.")
    ]
    cached: Annotated[bool, Field(description="The answer was kept from an earlier request that asked the same.")]
    latency_ms: float
    request_id: str
    grounded: Annotated[
        bool, Field(description="The sources support at least one claim of the answer, and no claim is unsupported.")
    ]
    claims: Annotated[list[ClaimResponse], Field(description="One for each sentence of the response outside code.")]
    sources: list[SourceResponse]
    refusal: Annotated[
        str | None,
        Field(description="Why there is no answer: `no_documents`, `nothing_relevant` or `model_found_nothing`."),
    ]
    nearest: Annotated[
        list[SourceResponse],
        Field(
            description="With a refusal: up to three passages that are nearest to the question, though nothing answers "
            "it. They are numbered from 1; the response does not cite them."
        ),
    ]
    removed_markers: Annotated[
        int, Field(description="Number of markers that the model invented and the server removed.")
    ]
    revised: Annotated[
        bool, Field(description="The response is not the text of the `token` events: checking it changed it.")
    ]
    check_ms: Annotated[
        float | None, Field(description="Milliseconds that the check of the sentences took; null if there was none.")
    ]
    conversation_id: Annotated[
        UUID | None,
        Field(description="The conversation this answer was saved in; null with `store: false` or if saving failed."),
    ]
    message_id: Annotated[
        UUID | None,
        Field(description="The id of this answer in its conversation; null if it was not saved."),
    ]


TOKEN = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}


def event_stream_docs() -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of the stream."""
    text = (
        'Server-sent events: `token` with `{"text"}`, then `done` with the response of /chat, '
        "or `error` with a problem object."
    )
    text += ' Where documents are asked, `sources` comes before the tokens: `{"sources"}`, what the answer may cite.'
    example = f'event: token\ndata: {{"text":"Retrieval"}}\n\nevent: done\ndata: {json.dumps(EXAMPLE_ANSWER)}\n\n'
    events: dict[str, dict[str, Any]] = {
        "token": TOKEN,
        "done": {"$ref": "#/components/schemas/ChatResponse"},
        "error": {"$ref": "#/components/schemas/Problem"},
    }
    sources = {"type": "array", "items": {"$ref": "#/components/schemas/SourceResponse"}}
    events["sources"] = {"type": "object", "required": ["sources"], "properties": {"sources": sources}}
    one = {"anyOf": [_event_docs(name, data) for name, data in events.items()]}
    # The body is one text, and clients that are generated from a schema of its events would read it as JSON.
    # OpenAPI 3.2 has `itemSchema` for one event, which few tools read yet.
    stream = {"schema": {"type": "string"}, "x-event-schema": one, "example": example}
    return {200: {"description": text, "content": {"text/event-stream": stream}}}


def _event_docs(name: str, data: dict[str, Any]) -> dict[str, Any]:
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": data}
    return {"type": "object", "required": ["event", "data"], "properties": {"event": {"const": name}, "data": data}}
