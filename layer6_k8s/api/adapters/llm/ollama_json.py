"""Requests and answers of Ollama's /api/chat: how options, tools and log probabilities are written there."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from api.adapters.llm.messages import message_json
from api.errors import UnsupportedParameter
from api.services.chat.language_model import Finished, Prompt, Token
from api.services.chat.options import Json, Options
from api.services.chat.turn import FinishReason, Message, Usage

SAMPLING = ("stop", "top_p", "seed", "frequency_penalty", "presence_penalty")


def body(prompt: Prompt) -> dict[str, Any]:
    """The request. Raises `UnsupportedParameter` if a tool must be called, which Ollama cannot enforce."""
    options: dict[str, Any] = {"num_ctx": prompt.context_window, "num_predict": prompt.max_tokens}
    given = prompt.options.given
    options |= {name: given[name] for name in SAMPLING if name in given}
    if prompt.temperature is not None:
        options["temperature"] = prompt.temperature
    return {
        "model": prompt.model,
        "messages": _messages(prompt.messages),
        "stream": True,
        "truncate": False,  # if our estimate of the prompt's length is wrong, an error is better than silent truncation
        "shift": False,
        "options": options,
        **_tools(prompt.options),
        **_format(prompt.options),
        **{name: given[name] for name in ("logprobs", "top_logprobs") if name in given},
    }


def token(piece: dict[str, Any]) -> Token:
    """The text of a piece; empty while the model thinks."""
    message = piece.get("message")
    text = message.get("content") if isinstance(message, dict) else None
    logprobs = piece.get("logprobs")
    return Token(text if isinstance(text, str) else "", tuple(logprobs) if isinstance(logprobs, list) else ())


def tool_calls(piece: dict[str, Any]) -> list[Json]:
    """The tool calls of a piece, in OpenAI's JSON: with an id, and with the arguments as a string."""
    message = piece.get("message")
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    functions = [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    return [_call(function) for function in functions if isinstance(function, dict)]


def finished(piece: dict[str, Any], calls: Sequence[Json]) -> Finished:
    read, written = piece.get("prompt_eval_count"), piece.get("eval_count")
    usage = Usage(read, written, False) if isinstance(read, int) and isinstance(written, int) else None
    reason: FinishReason = "length" if piece.get("done_reason") == "length" else "tool_calls" if calls else "stop"
    return Finished(reason, usage, tuple(calls))


def _messages(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Ollama names the tool of a result where OpenAI names the call, and takes arguments as an object."""
    tools: dict[str, str] = {}
    sent = []
    for message in messages:
        body = message_json(message)
        if message.tool_calls:
            tools |= {str(call.get("id")): str(call.get("function", {}).get("name")) for call in message.tool_calls}
            body["tool_calls"] = [{"function": _called(call.get("function", {}))} for call in message.tool_calls]
        if message.tool_call_id is not None:
            body["tool_name"] = message.name or tools.get(message.tool_call_id, "")
        sent.append(body)
    return sent


def _called(function: Json) -> dict[str, Any]:
    try:
        arguments = json.loads(function.get("arguments") or "{}")
    except (ValueError, TypeError, RecursionError):
        arguments = {}
    return {"name": function.get("name", ""), "arguments": arguments}


def _call(function: dict[str, Any]) -> Json:
    arguments = json.dumps(function.get("arguments") or {}, ensure_ascii=False)
    named = {"name": str(function.get("name", "")), "arguments": arguments}
    return {"id": f"call_{uuid4().hex}", "type": "function", "function": named}


def _tools(options: Options) -> dict[str, Any]:
    if options.demands_tool:
        raise UnsupportedParameter("tool_choice", "Ollama cannot force a tool call: send `auto` or none.")
    return {"tools": options.tools} if options.tools and options.tool_choice != "none" else {}


def _format(options: Options) -> dict[str, Any]:
    if not options.wants_json or options.response_format is None:
        return {}
    schema = (options.response_format.get("json_schema") or {}).get("schema")
    return {"format": schema or "json"}
