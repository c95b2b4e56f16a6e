"""List, read, rename and delete conversations. /chat creates and continues them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request

from api.routes import cursors
from api.routes.cursors import Cursor, Limit
from api.schemas.conversations import (
    ConversationList,
    ConversationResponse,
    ConversationWithMessages,
    MessageResponse,
    TitleChange,
)
from api.schemas.problem import problems
from api.services.conversations.service import ConversationService

router = APIRouter(prefix="/conversations", tags=["conversations"])

ConversationId = Annotated[
    UUID,
    Path(
        description="The `conversation_id` in a response of `/chat`, or an `id` in the list.",
        examples=["3f0c6a1e-8b7d-4c52-9e14-2a5d7c9b6f08"],
    ),
]


@router.get("", summary="The conversations, newest first", responses=problems(400, 422, 503, body=False))
async def list_conversations(request: Request, limit: Limit = 50, cursor: Cursor = "") -> ConversationList:
    """`next_cursor` of a response is the `cursor` of the next request; null on the last page."""
    service: ConversationService = request.state.conversations
    conversations = await service.list(limit + 1, cursors.decode_position(cursor))
    page = conversations[:limit]
    more = len(conversations) > limit
    return ConversationList(
        conversations=[ConversationResponse.model_validate(conversation) for conversation in page],
        next_cursor=cursors.encode_position(page[-1].updated_at, page[-1].id) if more else None,
    )


@router.get(
    "/{conversation_id:uuid}",
    summary="One conversation with its messages and their sources",
    responses=problems(400, 404, 422, 503, body=False),
)
async def get_conversation(
    conversation_id: ConversationId, request: Request, limit: Limit = 200, cursor: Cursor = ""
) -> ConversationWithMessages:
    """The last messages, oldest first; `next_cursor` leads to earlier. `deleted` marks a source without document."""
    service: ConversationService = request.state.conversations
    conversation = ConversationResponse.model_validate(await service.get(conversation_id))
    messages = await service.messages(conversation_id, _index(cursor), limit + 1)
    page = messages[-limit:]
    return ConversationWithMessages(
        **conversation.model_dump(),
        messages=[MessageResponse.model_validate(message) for message in page],
        next_cursor=cursors.encode([page[0].index]) if len(messages) > limit else None,
    )


@router.patch("/{conversation_id:uuid}", summary="Rename a conversation", responses=problems(404, 503))
async def rename_conversation(
    conversation_id: ConversationId, body: TitleChange, request: Request
) -> ConversationResponse:
    """By default the title is the first question."""
    service: ConversationService = request.state.conversations
    return ConversationResponse.model_validate(await service.rename(conversation_id, body.title))


@router.delete(
    "/{conversation_id:uuid}",
    status_code=204,
    summary="Delete a conversation with its messages",
    responses=problems(404, 503, body=False),
)
async def delete_conversation(conversation_id: ConversationId, request: Request) -> None:
    """Deletes its questions, its answers and their sources; the documents are kept."""
    service: ConversationService = request.state.conversations
    await service.remove(conversation_id)


def _index(cursor: str) -> int | None:
    if not cursor:
        return None
    match cursors.decode(cursor):
        case [int(index)] if abs(index) < 2**31:
            return index
    raise cursors.InvalidCursor
