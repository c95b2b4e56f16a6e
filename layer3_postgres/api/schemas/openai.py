"""OpenAI's response bodies, as far as chat clients use them."""

import json
from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.problem import ALWAYS, example_problem, openai_error, retry_header
from api.schemas.usage import CompletionUsage

EXAMPLE_MODEL: dict[str, Any] = {
    "id": "llama3.2:latest",
    "object": "model",
    "created": 1795219200,
    "owned_by": "ollama",
}


class OpenAIModel(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_MODEL]})

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


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


class CompletionChoice(BaseModel):
    index: int = 0
    message: Annotated[
        dict[str, Any], Field(description="`role`, `content` (null if it calls tools only), and `tool_calls` if any.")
    ]
    finish_reason: Literal["stop", "length", "content_filter", "tool_calls"]
    logprobs: dict[str, Any] | None = None


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
    return {status: _error_response(status) for status in sorted({*ALWAYS, *statuses})}


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
