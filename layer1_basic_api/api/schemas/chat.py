"""The shapes of /chat and /chat/stream."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas.numbers import JsonNumber
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


TOKEN = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}


def event_stream_docs() -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of the stream."""
    text = (
        'Server-sent events: `token` with `{"text"}`, then `done` with the response of /chat, '
        "or `error` with a problem object."
    )
    example = f'event: token\ndata: {{"text":"Retrieval"}}\n\nevent: done\ndata: {json.dumps(EXAMPLE_ANSWER)}\n\n'
    events: dict[str, dict[str, Any]] = {
        "token": TOKEN,
        "done": {"$ref": "#/components/schemas/ChatResponse"},
        "error": {"$ref": "#/components/schemas/Problem"},
    }
    one = {"anyOf": [_event_docs(name, data) for name, data in events.items()]}
    # The body is one text, and clients that are generated from a schema of its events would read it as JSON.
    # OpenAPI 3.2 has `itemSchema` for one event, which few tools read yet.
    stream = {"schema": {"type": "string"}, "x-event-schema": one, "example": example}
    return {200: {"description": text, "content": {"text/event-stream": stream}}}


def _event_docs(name: str, data: dict[str, Any]) -> dict[str, Any]:
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": data}
    return {"type": "object", "required": ["event", "data"], "properties": {"event": {"const": name}, "data": data}}
