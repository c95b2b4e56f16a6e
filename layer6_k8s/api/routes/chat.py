"""POST /chat and /chat/stream."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic_core import to_json

from api.routes.sse import event_stream, problem_event, unless_gone
from api.schemas.chat import ChatRequest, ChatResponse, event_stream_docs
from api.schemas.problem import problems
from api.services.chat.turn import Chat, ChatEvent, DoneEvent, Message, Turn, answer_of

router = APIRouter(tags=["chat"])


@router.post("/chat", summary="Answer a message", response_model=ChatResponse, responses=problems(404, 503))
async def chat(body: ChatRequest, request: Request) -> Response:
    """Responds when the answer is complete, which may take a while with a model. `/chat/stream` starts at once."""
    service: Chat = request.state.chat
    answer = await unless_gone(request, answer_of(service.stream(_turn(body, request))))
    return Response(ChatResponse.model_validate(answer).model_dump_json(), media_type="application/json")


@router.post(
    "/chat/stream",
    summary="Answer a message, token by token",
    response_class=StreamingResponse,
    responses=problems(404, 503) | event_stream_docs(),
)
async def chat_stream(body: ChatRequest, request: Request) -> Response:
    """Takes the body of `/chat` and responds with server-sent events. Closing the connection stops the model.

    Swagger UI shows all events at the end; `curl -N` shows each as it arrives.
    """
    service: Chat = request.state.chat
    return await event_stream(request, service.stream(_turn(body, request)), _encode, problem_event(request))


def _turn(body: ChatRequest, request: Request) -> Turn:
    """The request and the turn have the same fields, in every layer."""
    history = tuple(Message(message.role, message.content) for message in body.history)
    return Turn(**dict(body) | {"history": history, "request_id": request.scope["request_id"]})


def _encode(event: ChatEvent) -> bytes:
    if isinstance(event, DoneEvent):
        data = ChatResponse.model_validate(event.answer).model_dump_json()
    else:
        data = to_json(event).decode()
    return format_sse_event(data_str=data, event=event.event)
