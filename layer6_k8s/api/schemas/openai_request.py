"""The request of /v1/chat/completions. Unknown fields are ignored."""

import json
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
    field_validator,
)

from api.schemas.chat import TurnFields
from api.schemas.field_errors import invalid
from api.schemas.numbers import JsonNumber
from api.schemas.text import Text, storable
from api.services.chat.options import Options
from api.services.chat.turn import Message

MAX_CHOICES = 8
MAX_STOPS = 16
IGNORED_PARTS = ("refusal", "thinking", "reasoning")
"""Parts of an assistant's earlier answer that are not its text."""


def _as_text(content: object) -> object:
    """The text of a message: `null` is empty, and text parts are joined. The error names a part of another type."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise invalid("must be a string, a list of parts, or null")
    return "\n".join(text for i, part in enumerate(content) if (text := _part_text(part, f"[{i}]")) is not None)


def _part_text(part: object, at: str) -> str | None:
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        raise invalid("a part must be an object with a `type`", at)
    if part["type"] in IGNORED_PARTS:
        return None
    if part["type"] != "text":
        raise invalid(f"{part['type']} parts are not supported; send the content as text", at)
    if not isinstance(part.get("text"), str):
        raise invalid("a text part must have a string `text`", f"{at}.text")
    return str(part["text"])


def _as_list(stop: object) -> object:
    return [stop] if isinstance(stop, str) else stop


def _sendable(value: dict[str, Any]) -> dict[str, Any]:
    """Reject JSON that could not be sent on to a model."""
    try:
        storable(json.dumps(value, ensure_ascii=False, allow_nan=False))
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    return value


TEXT_PART = {
    "type": "object",
    "required": ["type", "text"],
    "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
}
TEXT_OR_PARTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": TEXT_PART}, {"type": "null"}]}
STRING_OR_LIST = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}, "maxItems": MAX_STOPS},
        {"type": "null"},
    ]
}
Content = Annotated[Text, BeforeValidator(_as_text), WithJsonSchema(TEXT_OR_PARTS)]
JsonObject = Annotated[dict[str, Any], AfterValidator(_sendable)]
Penalty = Annotated[float | None, Field(ge=-2, le=2), JsonNumber]


class CompletionMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Content = ""
    name: Annotated[Text | None, Field(max_length=200)] = None
    tool_calls: Annotated[list[JsonObject] | None, Field(max_length=128)] = None
    tool_call_id: Annotated[Text | None, Field(max_length=200)] = None

    def message(self) -> Message:
        return Message(
            role="system" if self.role == "developer" else self.role,
            content=self.content,
            tool_calls=tuple(self.tool_calls or ()),
            tool_call_id=self.tool_call_id,
            name=self.name,
        )


class StreamOptions(BaseModel):
    include_usage: StrictBool = False


def _as_tool_choice(choice: object) -> object:
    if choice in (None, "none", "auto", "required") or (isinstance(choice, dict) and _sendable(choice)):
        return choice
    raise invalid("must be `none`, `auto`, `required`, or an object that names a tool")


TOOL_CHOICE = {"anyOf": [{"enum": ["none", "auto", "required"]}, {"type": "object"}, {"type": "null"}]}


class CompletionRequest(TurnFields):
    messages: Annotated[list[CompletionMessage], Field(min_length=1, max_length=1001)]
    stream: StrictBool = False
    stream_options: StreamOptions | None = None
    max_completion_tokens: Annotated[int | None, Field(ge=1, le=1_000_000), JsonNumber] = None
    n: Annotated[int | None, Field(ge=1, le=MAX_CHOICES, description="Number of answers."), JsonNumber] = None
    stop: Annotated[
        list[Annotated[Text, Field(min_length=1, max_length=1000)]] | None,
        Field(max_length=MAX_STOPS),
        BeforeValidator(_as_list),
        WithJsonSchema(STRING_OR_LIST),
    ] = None
    top_p: Annotated[float | None, Field(ge=0, le=1), JsonNumber] = None
    seed: Annotated[int | None, Field(ge=-(2**63), le=2**63 - 1), JsonNumber] = None
    frequency_penalty: Penalty = None
    presence_penalty: Penalty = None
    logprobs: StrictBool | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=20), JsonNumber] = None
    tools: Annotated[list[JsonObject] | None, Field(max_length=256)] = None
    tool_choice: Annotated[
        str | dict[str, Any] | None, BeforeValidator(_as_tool_choice), WithJsonSchema(TOOL_CHOICE)
    ] = None
    parallel_tool_calls: StrictBool | None = None
    response_format: JsonObject | None = None

    @field_validator("messages")
    @classmethod
    def _has_a_question(cls, messages: list[CompletionMessage]) -> list[CompletionMessage]:
        asked = _asked(messages)
        if asked is None:
            raise invalid("at least one message must have the role `user`")
        if not messages[asked].content.strip():
            raise invalid("the last message of the user must have text", f"[{asked}].content")
        return messages

    def conversation(self) -> tuple[tuple[Message, ...], str, tuple[Message, ...]]:
        """The messages before the last question of the user, the question, and the messages after it."""
        asked = _asked(self.messages) or 0
        said = tuple(message.message() for message in self.messages)
        return said[:asked], said[asked].content, said[asked + 1 :]

    def options(self) -> Options:
        """The options of the model. A choice among no tools says nothing."""
        options = Options(
            stop=tuple(self.stop) if self.stop else None,
            top_p=self.top_p,
            seed=self.seed,
            frequency_penalty=self.frequency_penalty,
            presence_penalty=self.presence_penalty,
            tools=tuple(self.tools) if self.tools else None,
            tool_choice=self.tool_choice,
            parallel_tool_calls=self.parallel_tool_calls,
            response_format=self.response_format,
            logprobs=self.logprobs,
            top_logprobs=self.top_logprobs,
        )
        return options if options.tools or options.demands_tool else options.without_tools()

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"messages": [{"role": "user", "content": "What is RAG?"}], "stream": False}],
        },
    )


def _asked(messages: list[CompletionMessage]) -> int | None:
    """The index of the last message of the user."""
    return next((i for i in range(len(messages) - 1, -1, -1) if messages[i].role == "user"), None)
