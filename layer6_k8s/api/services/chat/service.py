"""Answer a turn with a language model."""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from api.errors import ModelUnavailable, PromptTooLong
from api.services.chat.budget import estimate_tokens, fit, prompt_tokens, tool_tokens
from api.services.chat.language_model import Finished, ModelInfo, Prompt
from api.services.chat.models import Models
from api.services.chat.options import Json, Options
from api.services.chat.output import OutputFilter
from api.services.chat.turn import Answer, ChatEvent, DoneEvent, Message, TokenEvent, Turn, Usage

TOOLS_SHARE = 0.5
"""Share of the window that the descriptions of optional tools may take; the rest is for the conversation."""
TOOLS_LEFT_OUT = "The tools of this request were left out: their descriptions do not fit into the model's window."

WROTE_NOTHING = "The model wrote no answer."


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
        output = OutputFilter(_system_prompt(prompt))
        logprobs: list[Json] = []
        finished = Finished()
        async with aclosing(model.stream(prompt)) as tokens:
            async for token in tokens:
                if isinstance(token, Finished):
                    finished = token
                    break
                logprobs.extend(token.logprobs)
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
                notice=_notice(turn, prompt, bool(response.strip() or finished.tool_calls)),
                tool_calls=finished.tool_calls,
                logprobs=tuple(logprobs),
            )
        )

    def _prompt(self, turn: Turn, info: ModelInfo) -> tuple[Prompt, int]:
        """The prompt, and the number of messages left out. Tools that do not fit are left out if they are optional."""
        said = (*turn.history, Message("user", turn.message), *turn.after)
        if not any(message.role == "system" for message in said):
            said = (Message("system", self.system_prompt), *said)
        options = turn.options
        if _optional(options) and tool_tokens(options) > info.context_window * TOOLS_SHARE:
            options = options.without_tools()
        try:
            return self._fitted(said, turn, info, options)
        except PromptTooLong:
            if not _optional(options):
                raise
            return self._fitted(said, turn, info, options.without_tools())

    def _fitted(self, said: Sequence[Message], turn: Turn, info: ModelInfo, options: Options) -> tuple[Prompt, int]:
        window = info.context_window
        answer = min(turn.max_tokens or self.max_tokens, window // 2)
        messages, trimmed = fit(said, window, answer + tool_tokens(options), newest=1 + len(turn.after))
        return Prompt(messages, info.name, window, answer, turn.temperature, options), trimmed


def _system_prompt(prompt: Prompt) -> str:
    return next((message.content for message in prompt.messages if message.role == "system"), "")


def _notice(turn: Turn, prompt: Prompt, answered: bool) -> str | None:
    if turn.options.tools and not prompt.options.tools:
        return TOOLS_LEFT_OUT
    return None if answered else WROTE_NOTHING


def _optional(options: Options) -> bool:
    """Whether there are tools that the answer may do without."""
    return bool(options.tools) and not options.demands_tool


def _usage(counted: Usage | None, prompt: Prompt, response: str, trimmed: int) -> Usage:
    if counted is None:
        return Usage(prompt_tokens(prompt.messages), estimate_tokens(response), True, trimmed)
    return Usage(counted.prompt_tokens, counted.completion_tokens, counted.estimated, trimmed)
