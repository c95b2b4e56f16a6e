"""OpenAI's routes: its SDK and Open WebUI work unchanged."""

import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.sse import format_sse_event
from pydantic_core import to_json

from api.errors import MyStackError
from api.routes.sse import event_stream, unless_gone
from api.schemas.openai import (
    Completion,
    CompletionChoice,
    CompletionRequest,
    CompletionUsage,
    OpenAIModel,
    OpenAIModelList,
    completion_docs,
    openai_errors,
)
from api.schemas.problem import openai_error
from api.services.chat.models import Models
from api.services.chat.turn import Answer, Chat, DoneEvent, Message, TokenEvent, Turn, Usage, answer_of

router = APIRouter(prefix="/v1", tags=["openai"])


@router.get("/models", summary="The models, in OpenAI's shape", responses=openai_errors())
async def list_openai_models(request: Request) -> OpenAIModelList:
    """OpenAI's clients and Open WebUI list these models for selection."""
    models: Models = request.state.models
    infos = [info for state in await models.states() for info in state.models]
    created = int(time.time())
    return OpenAIModelList(data=[OpenAIModel(id=i.name, created=created, owned_by=i.provider) for i in infos])


@router.post(
    "/chat/completions",
    summary="Answer a conversation, in OpenAI's shape",
    response_model=Completion,
    responses=openai_errors(400, 404, 408, 413, 503) | completion_docs(),
)
async def create_chat_completion(body: CompletionRequest, request: Request) -> Response:
    """Without `model`, the default model answers. With `"stream": true` the answer comes in chunks, then `[DONE]`.

    Fields of OpenAI's protocol that are not listed here are ignored.
    """
    service: Chat = request.state.chat
    turn = _turn(body, request)
    if body.stream:
        include_usage = bool(body.stream_options and body.stream_options.include_usage)
        encode = _chunk_encoder(f"chatcmpl-{turn.request_id}", turn.model or "", include_usage)
        end = format_sse_event(data_str="[DONE]")
        return await event_stream(request, service.stream(turn), encode, _encode_error, end)
    answer = await unless_gone(request, answer_of(service.stream(turn)))
    return Response(_completion(answer).model_dump_json(), media_type="application/json")


def _turn(body: CompletionRequest, request: Request) -> Turn:
    *history, last = (
        Message("system" if message.role == "developer" else message.role, message.text()) for message in body.messages
    )
    return Turn(
        message=last.content,
        history=tuple(history),
        model=body.model,
        temperature=body.temperature,
        max_tokens=body.max_completion_tokens or body.max_tokens,
        request_id=request.scope["request_id"],
    )


def _completion(answer: Answer) -> Completion:
    message = {"role": "assistant", "content": answer.response}
    return Completion(
        id=f"chatcmpl-{answer.request_id}",
        created=int(time.time()),
        model=answer.model,
        choices=[CompletionChoice(message=message, finish_reason=answer.finish_reason)],
        usage=_usage(answer.usage),
    )


def _usage(usage: Usage) -> CompletionUsage:
    return CompletionUsage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
    )


def _chunk_encoder(id: str, model: str, include_usage: bool) -> Callable[[object], bytes]:
    created = int(time.time())

    def chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
        base = {
            "id": id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": model,
            "choices": choices,
        }
        return format_sse_event(data_str=to_json(base | more).decode())

    def encode(event: object) -> bytes:
        if isinstance(event, TokenEvent):
            delta = {"role": "assistant", "content": event.text}
            return chunk([{"index": 0, "delta": delta, "finish_reason": None}])
        if isinstance(event, DoneEvent):
            reason = event.answer.finish_reason
            last = chunk([{"index": 0, "delta": {}, "finish_reason": reason}], model=event.answer.model)
            usage = chunk([], usage=_usage(event.answer.usage).model_dump()) if include_usage else b""
            return last + usage
        return b""  # OpenAI's protocol has no such events

    return encode


def _encode_error(error: MyStackError) -> bytes:
    return format_sse_event(data_str=to_json(openai_error(error.status, error.code, error.detail)).decode())
