"""Any server that speaks OpenAI's chat completions: OpenAI itself, vLLM, LM Studio, Ray Serve LLM."""

import logging
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from typing import Any, get_args

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall, ChoiceLogprobs

from api.adapters.llm.messages import message_json
from api.adapters.llm.redacted_url import redacted
from api.errors import ModelBusy, ModelNotFound, ModelUnavailable, PromptRefused
from api.services.chat.language_model import Finished, ModelInfo, Prompt, Token
from api.services.chat.options import Json
from api.services.chat.turn import FinishReason, Usage
from api.services.serving.cached_call import CachedCall

REACHED_SECONDS = 30.0  # lifetime of a successful check
REFUSED = (400, 422)
NO_TOOLS = (*REFUSED, 500, 501)
"""Statuses of servers that cannot handle tools: some call it a fault of their own."""

logger = logging.getLogger("mystack.models")


class OpenAIModel:
    """One model behind an OpenAI-compatible base URL. Its context window is a setting: the protocol lacks it."""

    provider = "openai"
    generates = True

    def __init__(self, client: openai.AsyncOpenAI, model: str, window: int) -> None:
        self.client = client
        self.model = model
        self.window = window
        self._reached = CachedCall(self._reach, REACHED_SECONDS)

    async def models(self) -> list[ModelInfo]:
        """Only the configured model: a hosted account lists hundreds, most of which cannot chat."""
        await self._reached.get()
        return [ModelInfo(self.model, "openai", self.window, default=True)]

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]:
        try:
            async with await self._open(prompt) as chunks:
                async for piece in _pieces(chunks):
                    yield piece
        except openai.NotFoundError as error:
            raise ModelNotFound(f"{redacted(self.client.base_url)} does not have {prompt.model!r}.") from error
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            raise PromptRefused(f"{redacted(self.client.base_url)}: {error.message[:300]}") from error
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, AttributeError, TypeError) as error:
            # The client accepts any JSON as a chunk: a wrong shape shows only when a field is read.
            self._reached.forget()
            raise self._unavailable(error) from error

    async def _open(self, prompt: Prompt) -> openai.AsyncStream[ChatCompletionChunk]:
        """The answer's chunks. A server that refuses tools is asked again without them, unless one is demanded."""
        try:
            return await self._create(prompt)
        except openai.APIStatusError as error:
            options = prompt.options
            if error.status_code not in NO_TOOLS or not options.tools or options.demands_tool:
                raise
            logger.warning("%s refuses tools (%s)", redacted(self.client.base_url), error.status_code)
            return await self._create(replace(prompt, options=options.without_tools()))

    async def _create(self, prompt: Prompt) -> openai.AsyncStream[ChatCompletionChunk]:
        chunks: openai.AsyncStream[ChatCompletionChunk] = await self.client.chat.completions.create(**_body(prompt))
        return chunks

    async def _reach(self) -> None:
        """Request the list of models. Its content does not matter, and some servers lack the route."""
        try:
            await self.client.models.with_raw_response.list()
        except openai.APIStatusError as error:
            if error.status_code in (401, 403) or error.status_code >= 500:
                raise self._unavailable(error) from error
        except openai.OpenAIError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> ModelUnavailable:
        """The error without the request, whose headers hold the key."""
        if not isinstance(error, openai.APIStatusError):
            return ModelUnavailable(f"{redacted(self.client.base_url)} failed: {type(error).__name__}.")
        if error.status_code == 429:
            return ModelBusy(f"{redacted(self.client.base_url)} is busy: it answered 429.")
        hint = " Is OPENAI_API_KEY right?" if error.status_code in (401, 403) else ""
        return ModelUnavailable(f"{redacted(self.client.base_url)} answered {error.status_code}.{hint}")


def _body(prompt: Prompt) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": prompt.model,
        "messages": [message_json(message) for message in prompt.messages],
        "max_tokens": prompt.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        **prompt.options.given,
    }
    return body if prompt.temperature is None else body | {"temperature": prompt.temperature}


async def _pieces(chunks: openai.AsyncStream[ChatCompletionChunk]) -> AsyncGenerator[Token | Finished, None]:
    reason: str | None = None
    usage: Usage | None = None
    calls: dict[int, dict[str, Any]] = {}
    async for chunk in chunks:
        if chunk.usage:
            usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens, estimated=False)
        for choice in chunk.choices or ():
            reason = choice.finish_reason or reason
            _collect(calls, choice.delta.tool_calls or ())
            yield Token(choice.delta.content or "", _logprobs(choice.logprobs))  # empty while the model thinks
    if reason is None:
        raise ModelUnavailable("The server ended its answer early.")
    yield Finished(_reason(reason), usage, tuple(calls[index] for index in sorted(calls)))


def _reason(reason: str) -> FinishReason:
    """The reason; one that the protocol lacks counts as `stop`."""
    return next((known for known in get_args(FinishReason) if known == reason), "stop")


def _logprobs(logprobs: ChoiceLogprobs | None) -> tuple[Json, ...]:
    return tuple(token.model_dump() for token in logprobs.content or ()) if logprobs else ()


def _collect(calls: dict[int, dict[str, Any]], deltas: Iterable[ChoiceDeltaToolCall]) -> None:
    """Add pieces of tool calls: the first piece of a call has its id and name, and each more of its arguments."""
    for delta in deltas:
        new = {"id": delta.id or f"call_{delta.index}", "type": "function", "function": {"name": "", "arguments": ""}}
        function = calls.setdefault(delta.index, new)["function"]
        if delta.function:
            function["name"] += delta.function.name or ""
            function["arguments"] += delta.function.arguments or ""
