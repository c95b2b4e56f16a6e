"""A scripted model server that speaks OpenAI's protocol: it calls tools and writes JSON as its requests ask."""

import json
from collections.abc import AsyncGenerator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

PROSE = "Karin Holm was the architect of the bridge [1]."
AFTER_A_TOOL = "It is sunny in Paris."
VALUES: dict[str, Any] = {"string": "Paris", "integer": 7, "number": 7.5, "boolean": True, "array": []}


async def models(request: Request) -> Response:
    return JSONResponse({"object": "list", "data": []})


async def chat(request: Request) -> Response:
    return StreamingResponse(chunks(await request.json()), media_type="text/event-stream")


async def chunks(body: dict[str, Any]) -> AsyncGenerator[bytes, None]:
    delta, reason = answer(body)
    yield event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
    yield event(choices=[{"index": 0, "delta": delta, "finish_reason": None}])
    yield event(choices=[{"index": 0, "delta": {}, "finish_reason": reason}])
    yield event(choices=[], usage={"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30})
    yield b"data: [DONE]\n\n"


def answer(body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The delta and the reason of the end."""
    format = body.get("response_format") or {}
    if body["messages"][-1]["role"] == "tool":
        return {"content": AFTER_A_TOOL}, "stop"
    if body.get("tools") and body.get("tool_choice") != "none":
        return {"tool_calls": [{"index": 0, **call(body["tools"][0]["function"])}]}, "tool_calls"
    if format.get("type") == "json_schema":
        return {"content": json.dumps(instance(format["json_schema"]["schema"]))}, "stop"
    if format.get("type") == "json_object":
        return {"content": json.dumps({"name": "Paris", "inhabitants": 7})}, "stop"
    return {"content": PROSE}, "stop"


def call(function: dict[str, Any]) -> dict[str, Any]:
    arguments = json.dumps(instance(function.get("parameters") or {}))
    return {"id": "call_1", "type": "function", "function": {"name": function["name"], "arguments": arguments}}


def instance(schema: dict[str, Any]) -> Any:
    """A value of a flat JSON schema."""
    properties = schema.get("properties", {})
    return {name: VALUES.get(value.get("type", "string"), "Paris") for name, value in properties.items()}


def event(**fields: Any) -> bytes:
    chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", **fields}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


app = Starlette(
    routes=[Route("/v1/models", models), Route("/v1/chat/completions", chat, methods=["POST"])],
)
