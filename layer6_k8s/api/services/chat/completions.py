"""Conversations in OpenAI's protocol: the demands of a request, background tasks, and variants of the models."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace

from api.errors import ModelNotFound, ModelUnavailable, UnsupportedParameter
from api.services.chat.background import background_task
from api.services.chat.budget import estimate_tokens
from api.services.chat.language_model import ModelInfo
from api.services.chat.models import Models
from api.services.chat.options import Options
from api.services.chat.turn import Answer, Chat, ChatEvent, DoneEvent, TokenEvent, Turn, Usage


@dataclass(frozen=True)
class Started:
    """The answers to a turn, each to be streamed after the one before it, and the model that writes them."""

    model: str
    choices: tuple[AsyncGenerator[ChatEvent, None], ...]


class Completions:
    """Answers turns with `chat`, background tasks with `plain`.

    `variants`: other chats, each under the suffix of a model's name that asks for it.
    """

    def __init__(self, models: Models, chat: Chat, plain: Chat, variants: Mapping[str, Chat]) -> None:
        self.models = models
        self.chat = chat
        self.plain = plain
        self.variants = variants

    async def model_infos(self) -> list[ModelInfo]:
        """The available models, then their variants."""
        infos = [info for state in await self.models.states() for info in state.models]
        return infos + [
            replace(info, name=info.name + suffix, default=False) for suffix in self.variants for info in infos
        ]

    async def model_info(self, name: str) -> ModelInfo:
        """Raises `ModelNotFound`."""
        for info in await self.model_infos():
            if info.name == name:
                return info
        raise ModelNotFound(f"Unknown model {name!r}; GET /v1/models lists the available ones.")

    async def start(self, turn: Turn, count: int = 1, *, background: bool = True) -> Started:
        """The answers of the model that the turn names, `count` of them.

        `background`: the request may be a background task of a chat front end. Raises `ModelUnavailable`,
        `ModelNotFound`, and `UnsupportedParameter` for what a model would have to write and none is connected.
        """
        chat, turn = self._addressed(turn)
        model, info = await self.models.choose(turn.model)
        task = background_task(turn) if background else None
        reply = task.reply() if task and not model.generates else None
        if reply is not None:
            return Started(info.name, (_written(turn, info, reply),))
        if not model.generates:
            _check(turn.options, count, info.unavailable)
        chat = self.plain if task and model.generates else chat
        return Started(info.name, tuple(chat.stream(_variant(turn, index)) for index in range(count)))

    def _addressed(self, turn: Turn) -> tuple[Chat, Turn]:
        """The chat that the name of the model asks for, and the turn with the model's own name."""
        name = turn.model or ""
        for suffix, chat in self.variants.items():
            if name.endswith(suffix):
                return chat, replace(turn, model=name.removesuffix(suffix) or None)
        return self.chat, turn


def _variant(turn: Turn, index: int) -> Turn:
    """The turn of one of several answers: with one seed for all they would be equal."""
    seed = turn.options.seed
    return turn if seed is None or index == 0 else replace(turn, options=replace(turn.options, seed=seed + index))


def _check(options: Options, count: int, unavailable: str | None) -> None:
    """Raise `UnsupportedParameter` for the first demand that only a language model could meet.

    `unavailable`: why the model cannot answer that would meet it; then `ModelUnavailable` is raised instead.
    """
    demands = {
        "tool_choice": options.demands_tool,
        "n": count > 1,
        "response_format": options.wants_json,
        "logprobs": bool(options.logprobs),
    }
    for name, demanded in demands.items():
        if demanded and unavailable:
            raise ModelUnavailable(unavailable)
        if demanded:
            raise UnsupportedParameter(
                name, f"`{name}` needs a language model, and none is connected: leave it out, or connect a model."
            )


async def _written(turn: Turn, info: ModelInfo, text: str) -> AsyncGenerator[ChatEvent, None]:
    usage = Usage(estimate_tokens(turn.message), estimate_tokens(text), estimated=True)
    yield TokenEvent(text)
    yield DoneEvent(Answer(text, info.name, info.provider, usage, latency_ms=0.0, request_id=turn.request_id))
