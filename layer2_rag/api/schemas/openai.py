"""OpenAI's shapes, as far as chat clients use them. Unknown fields are ignored."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

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
    include_usage: bool = False


class CompletionRequest(BaseModel):
    model: Annotated[Text | None, Field(max_length=200)] = None
    messages: Annotated[list[CompletionMessage], Field(min_length=1, max_length=1001)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1, le=1_000_000)] = None

    @field_validator("messages")
    @classmethod
    def ends_with_a_question(cls, messages: list[CompletionMessage]) -> list[CompletionMessage]:
        if not messages[-1].text().strip():
            raise ValueError("the last message must have text")
        return messages

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"messages": [{"role": "user", "content": "What is RAG?"}]}]},
    )


class OpenAIModel(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class OpenAIModelList(BaseModel):
    object: Literal["list"] = "list"
    data: list[OpenAIModel]


class CompletionUsage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionChoice(BaseModel):
    index: int = 0
    message: dict[str, str]
    finish_reason: Literal["stop", "length"]


class Completion(BaseModel):
    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[CompletionChoice]
    usage: CompletionUsage


class CompletionError(BaseModel):
    error: dict[str, Any]


def openai_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": CompletionError} for status in sorted({400, 401, 413, 500, *statuses})}
