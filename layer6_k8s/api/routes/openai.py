"""OpenAI's routes: its SDK and Open WebUI work unchanged."""

import time
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.sse import format_sse_event
from pydantic_core import to_json

from api.errors import MyStackError
from api.routes.openai_answers import AnswerFormat, Chunks, indexed
from api.routes.sse import event_stream, unless_gone
from api.schemas.chat import TurnFields
from api.schemas.openai import Completion, OpenAIModel, OpenAIModelList, completion_docs, openai_errors
from api.schemas.openai_request import CompletionRequest
from api.schemas.problem import openai_error
from api.services.chat.completions import Completions, Started
from api.services.chat.language_model import ModelInfo
from api.services.chat.turn import Answer, Turn, answer_of

router = APIRouter(prefix="/v1", tags=["openai"])


@router.get("/models", summary="The models, in OpenAI's shape", responses=openai_errors())
async def list_openai_models(request: Request) -> OpenAIModelList:
    """OpenAI's clients and Open WebUI list these models for selection."""
    completions: Completions = request.state.completions
    return OpenAIModelList(data=[_model(info) for info in await completions.model_infos()])


@router.get("/models/{model:path}", summary="One model, in OpenAI's shape", responses=openai_errors(404, 503))
async def get_openai_model(
    model: Annotated[str, Path(description="A name of GET /v1/models.", examples=["extractive"])], request: Request
) -> OpenAIModel:
    """Names may contain slashes and colons."""
    completions: Completions = request.state.completions
    return _model(await completions.model_info(model))


@router.post(
    "/chat/completions",
    summary="Answer a conversation, in OpenAI's shape",
    response_model=Completion,
    responses=openai_errors(400, 404, 408, 413, 503) | completion_docs(),
)
async def create_chat_completion(body: CompletionRequest, request: Request) -> Response:
    """Without `model`, the default model answers. With `"stream": true` the answer comes in chunks, then `[DONE]`.

    The options reach the model. Without a language model, neutral ones are accepted, and one that demands what cannot
    be had gets 400 with the name of the field. Other fields of OpenAI's protocol are ignored.
    """
    completions: Completions = request.state.completions
    turn = _turn(body, request)
    started = await unless_gone(request, completions.start(turn, body.n or 1, background=not body.stream))
    form = AnswerFormat(
        id=f"chatcmpl-{turn.request_id}",
        base_url=str(request.base_url),
        parts=request.state.message_parts,
        verbatim=turn.options.wants_json,
    )
    if body.stream:
        include_usage = bool(body.stream_options and body.stream_options.include_usage)
        chunks = Chunks(form, started.model, len(started.choices), include_usage)
        end = format_sse_event(data_str="[DONE]")
        return await event_stream(request, indexed(started.choices), chunks.encode, _encode_error, end)
    answers = await unless_gone(request, _answers(started))
    return Response(form.completion(answers).model_dump_json(), media_type="application/json")


def _turn(body: CompletionRequest, request: Request) -> Turn:
    history, question, after = body.conversation()
    shared = {name: getattr(body, name) for name in TurnFields.model_fields}
    shared["max_tokens"] = body.max_completion_tokens or body.max_tokens
    return Turn(
        message=question,
        history=history,
        after=after,
        options=body.options(),
        request_id=request.scope["request_id"],
        **shared,
    )


async def _answers(started: Started) -> list[Answer]:
    return [await answer_of(choice) for choice in started.choices]


def _model(info: ModelInfo) -> OpenAIModel:
    return OpenAIModel(id=info.name, created=int(time.time()), owned_by=info.provider)


def _encode_error(error: MyStackError) -> bytes:
    body = openai_error(error.status, error.code, error.detail, error.param)
    return format_sse_event(data_str=to_json(body).decode())
