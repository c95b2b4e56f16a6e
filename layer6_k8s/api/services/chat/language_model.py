"""The port to a language model, and the data that passes through it."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from api.services.chat.options import DEFAULTS, Json, Options
from api.services.chat.turn import FinishReason, Message, Usage


@dataclass(frozen=True)
class ModelInfo:
    """An available model. `context_window` is in tokens.

    `unavailable`: why another model cannot answer, if this one stands in for it.
    """

    name: str
    provider: str
    context_window: int
    default: bool = False
    unavailable: str | None = None


@dataclass(frozen=True)
class Prompt:
    """The input of a model. `context_window` is the window it was budgeted for, in tokens."""

    messages: tuple[Message, ...]
    model: str
    context_window: int
    max_tokens: int
    temperature: float | None = None
    options: Options = DEFAULTS


@dataclass(frozen=True)
class Token:
    """A piece of the answer as it arrives. It is empty while the model produces something that is not shown.

    `logprobs`: those of its tokens, in OpenAI's JSON, if they were asked for.
    """

    text: str
    logprobs: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Finished:
    """The end of an answer. `usage` is None if the provider does not count tokens.

    `tool_calls`: the tools that the model wants to have called, in OpenAI's JSON.
    """

    reason: FinishReason = "stop"
    usage: Usage | None = None
    tool_calls: tuple[Json, ...] = ()


class LanguageModel(Protocol):
    """A provider of language models.

    `generates` is False for a provider that writes no text of its own. Both methods raise `ModelUnavailable` when
    the provider cannot be reached. `stream` raises `ModelNotFound` for a model it does not have, and
    `UnsupportedParameter` for an option that it cannot meet. Closing the stream stops the generation.
    """

    provider: str
    generates: bool

    async def models(self) -> list[ModelInfo]: ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]: ...


class Extractive(LanguageModel, Protocol):
    """The model that quotes the conversation instead of generating. It has one model and is always available."""

    name: str

    async def can_quote(self, messages: Sequence[Message]) -> bool:
        """Whether these messages have a sentence that answers the last one."""
        ...
