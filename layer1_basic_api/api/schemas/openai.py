"""OpenAI's request and response bodies, as far as chat clients use them. Unknown fields are ignored."""

import json
from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, field_validator

from api.schemas.numbers import JsonNumber
from api.schemas.problem import example_problem, openai_error, retry_header
from api.schemas.text import Text


class TextPart(BaseModel):
    type: Literal["text"]
    text: Text


class CompletionMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: Text | list[TextPart]

    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    include_usage: StrictBool = False


class CompletionRequest(BaseModel):
    model: Annotated[Text | None, Field(max_length=200)] = None
    messages: Annotated[list[CompletionMessage], Field(min_length=1, max_length=1001)]
    stream: StrictBool = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float | None, Field(ge=0, le=2), JsonNumber] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000), JsonNumber] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1, le=1_000_000), JsonNumber] = None

    @field_validator("messages")
    @classmethod
    def ends_with_a_question(cls, messages: list[CompletionMessage]) -> list[CompletionMessage]:
        if not messages[-1].text().strip():
            raise ValueError("the last message must have text")
        return messages

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"messages": [{"role": "user", "content": "What is RAG?"}], "stream": False}],
        },
    )


class OpenAIModel(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


EXAMPLE_MODEL: dict[str, Any] = {
    "id": "llama3.2:latest",
    "object": "model",
    "created": 1795219200,
    "owned_by": "ollama",
}
EXAMPLE_COMPLETION: dict[str, Any] = {
    "id": "chatcmpl-9f1c2a4e",
    "object": "chat.completion",
    "created": 1795219200,
    "model": "llama3.2:latest",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "An answer."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 41, "completion_tokens": 3, "total_tokens": 44},
}


class OpenAIModelList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"object": "list", "data": [EXAMPLE_MODEL]}]})

    object: Literal["list"] = "list"
    data: list[OpenAIModel]


class CompletionUsage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionChoice(BaseModel):
    index: int = 0
    message: dict[str, str]
    finish_reason: Literal["stop", "length", "content_filter", "tool_calls"]


class Completion(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_COMPLETION]})

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[CompletionChoice]
    usage: CompletionUsage


class CompletionError(BaseModel):
    error: dict[str, Any]


def openai_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for these statuses and for those of every operation, each with an example."""
    return {status: _error_response(status) for status in sorted({401, 403, 500, *statuses})}


def _error_response(status: int) -> dict[str, Any]:
    problem = example_problem(status)
    example = openai_error(status, problem["code"], problem["detail"])
    return {
        "model": CompletionError,
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"example": example}},
        **retry_header(status),
    }


def completion_docs() -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of a streamed completion."""
    delta = {"index": 0, "delta": {"role": "assistant", "content": "An"}, "finish_reason": None}
    chunk = {**EXAMPLE_COMPLETION, "object": "chat.completion.chunk", "choices": [delta]}
    del chunk["usage"]
    data = {"anyOf": [{"const": "[DONE]"}, {"type": "string", "contentMediaType": "application/json"}]}
    event = {"type": "object", "required": ["data"], "properties": {"data": data}}
    example = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n"
    stream = {"schema": event, "example": example}  # of one event
    return {200: {"content": {"text/event-stream": stream}}}
