"""Answer a turn with a language model."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from api.errors import ModelUnavailable
from api.services.chat.budget import estimate_tokens, fit, prompt_tokens
from api.services.chat.language_model import Finished, ModelInfo, Prompt
from api.services.chat.models import Models
from api.services.chat.output import OutputFilter
from api.services.chat.turn import Answer, ChatEvent, DoneEvent, Message, TokenEvent, Turn, Usage


class ChatService:
    def __init__(self, models: Models, *, system_prompt: str, max_tokens: int) -> None:
        self.models = models
        self.system_prompt = system_prompt
        self.max_tokens = max_tokens

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """The answer as it is generated: token events, then one done event.

        Raises `ModelUnavailable`, `ModelNotFound` or `PromptTooLong`; closing the iterator stops the generation.
        A model that fails before its first token raises before the first event.
        """
        started = time.perf_counter()
        model, info = await self.models.choose(turn.model)
        if info.unavailable:
            raise ModelUnavailable(info.unavailable)
        prompt, trimmed = self._prompt(turn, info)
        output = OutputFilter()
        finished = Finished()
        async with aclosing(model.stream(prompt)) as tokens:
            async for token in tokens:
                if isinstance(token, Finished):
                    finished = token
                    break
                if text := output.feed(token.text):
                    yield TokenEvent(text)
                if output.ended:
                    break
        if rest := output.flush():
            yield TokenEvent(rest)
        response = output.answer
        yield DoneEvent(
            Answer(
                response=response,
                model=info.name,
                provider=model.provider,
                usage=_usage(finished.usage, prompt, response, trimmed),
                latency_ms=round((time.perf_counter() - started) * 1000, 1),
                request_id=turn.request_id,
                finish_reason=finished.reason,
            )
        )

    def _prompt(self, turn: Turn, info: ModelInfo) -> tuple[Prompt, int]:
        reserve = min(turn.max_tokens or self.max_tokens, info.context_window // 2)
        said = (*turn.history, Message("user", turn.message))
        if not any(message.role == "system" for message in said):
            said = (Message("system", self.system_prompt), *said)
        messages, trimmed = fit(said, info.context_window, reserve)
        prompt = Prompt(messages, info.name, info.context_window, reserve, turn.temperature)
        return prompt, trimmed


def _usage(counted: Usage | None, prompt: Prompt, response: str, trimmed: int) -> Usage:
    if counted is None:
        return Usage(prompt_tokens(prompt.messages), estimate_tokens(response), True, trimmed)
    return Usage(counted.prompt_tokens, counted.completion_tokens, counted.estimated, trimmed)
