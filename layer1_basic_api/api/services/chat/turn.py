"""One turn of a conversation: the input and the output of the chat service."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from api.services.chat.options import DEFAULTS, Json, Options

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "content_filter", "tool_calls"]


@dataclass(frozen=True)
class Message:
    """A message. `tool_calls`: those of an assistant, in OpenAI's JSON; a tool's message answers `tool_call_id`."""

    role: Role
    content: str
    tool_calls: tuple[Json, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Turn:
    """A question with the messages before it; `None` means the service's default.

    `after`: the messages that follow the question, such as tool calls and their results.
    """

    message: str
    history: tuple[Message, ...] = ()
    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    request_id: str = ""
    after: tuple[Message, ...] = ()
    options: Options = DEFAULTS


@dataclass(frozen=True)
class Usage:
    """Tokens spent.

    `estimated`: the provider did not count them itself. `trimmed_messages`: the oldest history messages that were left
    out so that the prompt fits the model's window.
    """

    prompt_tokens: int
    completion_tokens: int
    estimated: bool
    trimmed_messages: int = 0

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True)
class Answer:
    """`notice`: a sentence for the user about how the answer came about, such as a model that is unreachable.

    `cached`: it was kept from an earlier request. `tool_calls` and `logprobs` are OpenAI's JSON.
    """

    response: str
    model: str
    provider: str
    usage: Usage
    latency_ms: float
    request_id: str
    finish_reason: FinishReason = "stop"
    notice: str | None = None
    cached: bool = False
    tool_calls: tuple[Json, ...] = ()
    logprobs: tuple[Json, ...] = ()


@dataclass(frozen=True)
class TokenEvent:
    event: ClassVar[str] = "token"
    text: str


@dataclass(frozen=True)
class DoneEvent:
    event: ClassVar[str] = "done"
    answer: Answer


ChatEvent = TokenEvent | DoneEvent


class Chat(Protocol):
    """Answers a turn as it is generated; the last event is a `DoneEvent`. Closing the stream stops the generation."""

    def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]: ...


async def answer_of(events: AsyncGenerator[ChatEvent, None]) -> Answer:
    """The answer at the end of a stream. Raises what the stream raises."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, DoneEvent):
                return event.answer
    raise AssertionError("a stream ends with a DoneEvent")
