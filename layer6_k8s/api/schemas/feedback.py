"""The schemas of /feedback."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas.chat import EXAMPLE_ANSWER, EXAMPLE_SOURCE
from api.schemas.examples import example
from api.schemas.text import Text

GIVEN: dict[str, Any] = {
    "message_id": EXAMPLE_ANSWER["message_id"],
    "rating": "down",
    "reason": "incomplete",
    "comment": "It leaves out where the passages come from.",
    "correction": "Retrieval finds passages in the documents, and the model answers from them.",
}
FEEDBACK = GIVEN | {"at": "2026-11-28T09:30:12.250Z"}
RATED: dict[str, Any] = FEEDBACK | {
    "conversation_id": EXAMPLE_ANSWER["conversation_id"],
    "question": "What is retrieval-augmented generation?",
    "documents": [{"id": EXAMPLE_SOURCE["document_id"], "filename": EXAMPLE_SOURCE["filename"], "deleted": False}],
}
REASON = "Why, in a word: the page sends `wrong`, `incomplete`, `off_topic`, `bad_source` or `other`."
COMMENT = "What else there is to say."
CORRECTION = "The answer that was expected; `mystack eval --from-feedback` makes golden questions of it."


def _unless_blank(text: str | None) -> str | None:
    return (text or "").strip() or None


def _optional(description: str, longest: int) -> Any:
    return Field(description=description, max_length=longest)


class FeedbackRequest(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(GIVEN))

    message_id: Annotated[UUID, Field(description="The answer's, from `/chat` or `GET /conversations/{id}`.")]
    rating: Literal["up", "down"]
    reason: Annotated[Text | None, _optional(REASON, 200), AfterValidator(_unless_blank)] = None
    comment: Annotated[Text | None, _optional(COMMENT, 4_000), AfterValidator(_unless_blank)] = None
    correction: Annotated[Text | None, _optional(CORRECTION, 8_000), AfterValidator(_unless_blank)] = None


class FeedbackResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(FEEDBACK))

    message_id: UUID
    at: datetime
    rating: Literal["up", "down"]
    reason: Annotated[str | None, Field(description=REASON)]
    comment: Annotated[str | None, Field(description=COMMENT)]
    correction: Annotated[str | None, Field(description=CORRECTION)]


class CitedDocumentResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    filename: str
    deleted: bool


class RatedAnswerResponse(FeedbackResponse):
    model_config = ConfigDict(json_schema_extra=example(RATED))

    conversation_id: UUID
    question: str
    documents: Annotated[list[CitedDocumentResponse], Field(description="The documents that the answer cites.")]


class FeedbackList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"feedback": [RATED], "next_cursor": None}))

    feedback: list[RatedAnswerResponse]
    next_cursor: str | None
