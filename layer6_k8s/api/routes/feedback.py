"""Rate an answer, withdraw the rating, and read what was said."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic.json_schema import SkipJsonSchema

from api.routes import cursors
from api.routes.cursors import Cursor, Limit
from api.schemas.feedback import (
    CitedDocumentResponse,
    FeedbackList,
    FeedbackRequest,
    FeedbackResponse,
    RatedAnswerResponse,
)
from api.schemas.problem import problems
from api.services.feedback.feedback import Feedback, RatedAnswer, Rating
from api.services.feedback.service import FeedbackService
from api.services.serving.clock import now

router = APIRouter(prefix="/feedback", tags=["feedback"])

MessageId = Annotated[
    UUID, Path(description="The answer's `message_id`.", examples=["b7c1d2e3-4f5a-4b6c-8d7e-9f0a1b2c3d4e"])
]


@router.post("", summary="Rate an answer", responses=problems(404, 503))
async def rate_answer(body: FeedbackRequest, request: Request) -> FeedbackResponse:
    """One rating per answer: the last one replaces the others, with its reason, comment and correction."""
    feedback = await _service(request).rate(Feedback(at=now(), **dict(body)))
    return FeedbackResponse.model_validate(feedback)


@router.get("", summary="What was said of answers, newest first", responses=problems(400, 422, 503, body=False))
async def list_feedback(
    request: Request,
    limit: Limit = 50,
    cursor: Cursor = "",
    rating: Annotated[Rating | SkipJsonSchema[None], Query(description="Only these.", examples=["down"])] = None,
    corrected: Annotated[
        bool | SkipJsonSchema[None], Query(description="Whether there is a correction.", examples=[True])
    ] = None,
) -> FeedbackList:
    """With the question of each, and the documents that its answer cites."""
    found = await _service(request).list(limit + 1, cursors.decode_position(cursor), rating, corrected)
    page, last = found[:limit], found[limit - 1].feedback if len(found) > limit else None
    return FeedbackList(
        feedback=[_rated(answer) for answer in page],
        next_cursor=cursors.encode_position(last.at, last.message_id) if last else None,
    )


@router.delete(
    "/{message_id:uuid}", status_code=204, summary="Withdraw a rating", responses=problems(404, 503, body=False)
)
async def withdraw_feedback(message_id: MessageId, request: Request) -> None:
    """Deletes the rating of this answer, with its reason, comment and correction."""
    await _service(request).withdraw(message_id)


def _service(request: Request) -> FeedbackService:
    service: FeedbackService = request.state.feedback
    return service


def _rated(answer: RatedAnswer) -> RatedAnswerResponse:
    return RatedAnswerResponse(
        **vars(answer.feedback),
        conversation_id=answer.conversation_id,
        question=answer.question,
        documents=[CitedDocumentResponse.model_validate(document) for document in answer.documents],
    )
