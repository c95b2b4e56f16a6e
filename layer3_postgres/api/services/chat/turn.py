"""One turn of a conversation: the input and the output of the chat service."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol
from uuid import UUID

from api.services.chat.options import DEFAULTS, Json, Options
from api.services.retrieval.search import Filters

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
    use_rag: bool | None = None
    top_k: int | None = None
    filters: Filters | None = None
    document_ids: Sequence[UUID] | None = None
    on_no_evidence: Literal["refuse", "answer"] = "refuse"
    conversation_id: UUID | None = None
    replaces: UUID | None = None
    store: bool = False


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
class Source:
    """What a marker `[n]` in an answer stands for: `quote` equals the document's stored text at `start..end`."""

    marker: int
    document_id: UUID
    filename: str
    chunk_id: UUID
    page: int | None
    start: int
    end: int
    quote: str
    score: float


@dataclass(frozen=True)
class Evidence:
    """The part of source `marker` that supports a claim: `quote` is the document's stored text at `start..end`."""

    marker: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Claim:
    """A sentence of the response, at its characters `start..end`, and whether a source supports it."""

    start: int
    end: int
    support: Literal["supported", "unsupported", "unknown"]
    evidence: tuple[Evidence, ...] = ()

    @property
    def sources(self) -> list[int]:
        """The markers of the sources that support it."""
        return [evidence.marker for evidence in self.evidence]


@dataclass(frozen=True)
class Answer:
    """`notice`: a sentence for the user about how the answer came about, such as a model that is unreachable.

    `cached`: it was kept from an earlier request. `nearest`: passages that a refusal shows, though they do not answer.
    `tool_calls` and `logprobs` are OpenAI's JSON.
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
    grounded: bool = False
    claims: tuple[Claim, ...] = ()
    sources: tuple[Source, ...] = ()
    refusal: str | None = None
    nearest: tuple[Source, ...] = ()
    removed_markers: int = 0
    revised: bool = False
    check_ms: float | None = None
    conversation_id: UUID | None = None
    message_id: UUID | None = None


@dataclass(frozen=True)
class TokenEvent:
    event: ClassVar[str] = "token"
    text: str


@dataclass(frozen=True)
class SourcesEvent:
    event: ClassVar[str] = "sources"
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class DoneEvent:
    event: ClassVar[str] = "done"
    answer: Answer


ChatEvent = TokenEvent | SourcesEvent | DoneEvent


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
