"""Any server that speaks OpenAI's chat completions: OpenAI itself, vLLM, LM Studio, Ray Serve LLM."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk

from api.adapters.llm.redacted_url import redacted
from api.errors import ModelBusy, ModelNotFound, ModelUnavailable
from api.services.chat.language_model import Finished, ModelInfo, Prompt, Token
from api.services.chat.turn import Usage
from api.services.serving.cached_call import CachedCall

REACHED_SECONDS = 30.0  # lifetime of a successful check


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
            async with await self.client.chat.completions.create(**_body(prompt)) as chunks:
                async for piece in _pieces(chunks):
                    yield piece
        except openai.NotFoundError as error:
            raise ModelNotFound(f"{redacted(self.client.base_url)} does not have {prompt.model!r}.") from error
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, AttributeError, TypeError) as error:
            # The client accepts any JSON as a chunk: a wrong shape shows only when a field is read.
            self._reached.forget()
            raise self._unavailable(error) from error

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
        "messages": [{"role": message.role, "content": message.content} for message in prompt.messages],
        "max_tokens": prompt.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return body if prompt.temperature is None else body | {"temperature": prompt.temperature}


async def _pieces(chunks: openai.AsyncStream[ChatCompletionChunk]) -> AsyncGenerator[Token | Finished, None]:
    reason: str | None = None
    usage: Usage | None = None
    async for chunk in chunks:
        if chunk.usage:
            usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens, estimated=False)
        for choice in chunk.choices or ():
            reason = choice.finish_reason or reason
            yield Token(choice.delta.content or "")  # empty while the model thinks
    if reason is None:
        raise ModelUnavailable("The server ended its answer early.")
    yield Finished("length" if reason == "length" else "stop", usage)
