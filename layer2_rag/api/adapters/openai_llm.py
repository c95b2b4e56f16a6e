"""Any server that speaks OpenAI's chat completions: OpenAI itself, vLLM, LM Studio, Ray Serve LLM."""

from collections.abc import AsyncGenerator
from typing import Any

import openai
from openai.types.chat import ChatCompletionChunk

from api.errors import ModelNotFound, ModelUnavailable
from api.services.language_model import Finished, ModelInfo, Prompt, Token
from api.services.turn import Usage


class OpenAIModel:
    """One model behind an OpenAI-compatible base URL. The protocol does not tell the window: it is a setting."""

    provider = "openai"
    generates = True

    def __init__(self, client: openai.AsyncOpenAI, model: str, window: int) -> None:
        self.client = client
        self.model = model
        self.window = window

    async def models(self) -> list[ModelInfo]:
        """The configured model alone: a hosted account lists hundreds, most of which cannot chat."""
        return [ModelInfo(self.model, "openai", self.window, default=True)]

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]:
        try:
            async with await self.client.chat.completions.create(**_body(prompt)) as chunks:
                async for piece in _pieces(chunks):
                    yield piece
        except openai.NotFoundError as error:
            raise ModelNotFound(f"{self.client.base_url} does not have the model {prompt.model!r}.") from error
        except (openai.OpenAIError, ValueError) as error:
            raise ModelUnavailable(f"{self.client.base_url} failed: {_reason(error)}") from error


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
            if choice.delta.content:
                yield Token(choice.delta.content)
    if reason is None:
        raise ModelUnavailable("The answer broke off before its end.")
    yield Finished("length" if reason == "length" else "stop", usage)


def _reason(error: Exception) -> str:
    """What happened, without the request: its headers hold the key."""
    if isinstance(error, openai.APIStatusError):
        return f"it answered {error.status_code}"
    return type(error).__name__
