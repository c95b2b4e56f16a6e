"""Ollama over its own /api/chat: only that route lets us set the context window (`num_ctx`)."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2

from api.adapters.llm.ollama_json import body, finished, token, tool_calls
from api.adapters.llm.redacted_url import redacted
from api.errors import ModelBusy, ModelNotFound, ModelUnavailable, PromptRefused, PromptTooLong
from api.services.chat.language_model import Finished, ModelInfo, Prompt, Token
from api.services.chat.options import Json
from api.services.serving.cached_call import CachedCall

FALLBACK_WINDOW = 4096  # tokens; for a model whose metadata names no context length
MODELS_SECONDS = 15.0  # lifetime of the cached list of models


class OllamaModel:
    """Models served by Ollama at `url`. `model` is the default; without it, the first one listed."""

    provider = "ollama"
    generates = True

    def __init__(self, client: httpx2.AsyncClient, url: str, model: str | None, max_window: int) -> None:
        self.client = client
        self.url = url.rstrip("/")
        self.model = model
        self.max_window = max_window
        self._listed = CachedCall(self._list, MODELS_SECONDS)
        self._details: dict[tuple[str, str], dict[str, Any]] = {}

    async def models(self) -> list[ModelInfo]:
        return await self._listed.get()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]:
        """The answer's pieces; they are empty while the model thinks."""
        calls: list[Json] = []
        async with self._chat(self._without_unknown_tools(prompt)) as response:
            async for line in response.aiter_lines():
                piece = _parse(line)
                if "error" in piece:
                    raise ModelUnavailable(f"Ollama stopped: {piece['error']}")
                calls.extend(tool_calls(piece))
                yield token(piece)
                if piece.get("done"):
                    yield finished(piece, calls)
                    return
        raise ModelUnavailable("Ollama ended its answer early.")

    @asynccontextmanager
    async def _chat(self, prompt: Prompt) -> AsyncIterator[httpx2.Response]:
        """The response to a prompt. If it fails, the cached list is dropped: the model or Ollama may be gone."""
        try:
            async with self._request("POST", "/api/chat", json=body(prompt)) as response:
                yield response
        except (ModelNotFound, ModelUnavailable):
            self._listed.forget()
            raise

    def _without_unknown_tools(self, prompt: Prompt) -> Prompt:
        """The prompt without optional tools if the model cannot call any: Ollama would refuse it."""
        options = prompt.options
        known = [details.get("capabilities") for (name, _), details in self._details.items() if name == prompt.model]
        lacks_tools = any(isinstance(capabilities, list) and "tools" not in capabilities for capabilities in known)
        return replace(prompt, options=options.without_tools()) if lacks_tools and not options.demands_tool else prompt

    async def _list(self) -> list[ModelInfo]:
        listed = (await self._json("GET", "/api/tags")).get("models")
        if not isinstance(listed, list):
            raise ModelUnavailable("Ollama sent JSON that does not match its API.")
        entries = [entry for entry in listed if isinstance(entry, dict) and isinstance(entry.get("name"), str)]
        details = {entry["name"]: await self._show(entry["name"], str(entry.get("digest"))) for entry in entries}
        names = [name for name in details if _can_chat(details[name])]
        if not names:
            raise ModelUnavailable(f"Ollama at {redacted(self.url)} has no model. Pull one: `ollama pull llama3.2`.")
        default = self._default(names)
        return [
            ModelInfo(name, "ollama", min(_window(details[name]), self.max_window), name == default) for name in names
        ]

    def _default(self, names: list[str]) -> str:
        if self.model is None:
            return names[0]
        for name in names:
            if name in (self.model, f"{self.model}:latest"):
                return name
        raise ModelUnavailable(f"Ollama does not have {self.model!r}. Pull it: `ollama pull {self.model}`.")

    async def _show(self, name: str, digest: str) -> dict[str, Any]:
        """Ollama's details of a model, fetched once per version of it."""
        if (name, digest) not in self._details:
            self._details[name, digest] = await self._json("POST", "/api/show", json={"model": name})
        return self._details[name, digest]

    async def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        async with self._request(method, path, **request) as response:
            return _parse((await response.aread()).decode("utf-8", "replace"))

    @asynccontextmanager
    async def _request(self, method: str, path: str, **request: Any) -> AsyncIterator[httpx2.Response]:
        try:
            async with self.client.stream(method, self.url + path, **request) as response:
                if response.status_code != 200:
                    reason = await response.aread()
                    raise _refusal(
                        response.status_code, reason, request["json"]["model"] if path == "/api/chat" else None
                    )
                yield response
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            why = "" if isinstance(error, httpx2.ConnectError) else f" ({type(error).__name__})"  # most do not run it
            raise ModelUnavailable(
                f"Ollama is not reachable at {redacted(self.url)}{why}. Start it: `ollama serve`."
            ) from error


def _refusal(status: int, body: bytes, asked: str | None) -> Exception:
    """The error that a response means; `asked` is the model of a chat request."""
    reason = _reason(body)
    if status == 404 and asked:
        return ModelNotFound(f"Ollama no longer has {asked!r} ({reason}). Pull it: `ollama pull {asked}`.")
    if status == 400:
        return PromptTooLong(f"Ollama: {reason}") if "context" in reason else PromptRefused(f"Ollama: {reason}")
    if status == 503 and "busy" in reason:
        return ModelBusy(f"Ollama is busy: {reason}.")
    return ModelUnavailable(f"Ollama answered {status}: {reason}")


def _parse(line: str) -> dict[str, Any]:
    try:
        piece = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ModelUnavailable("Ollama sent invalid JSON.") from error
    if not isinstance(piece, dict):
        raise ModelUnavailable("Ollama sent JSON that does not match its API.")
    return piece


def _can_chat(details: dict[str, Any]) -> bool:
    """False for embedding models; an old Ollama does not say, so every model is assumed to chat."""
    capabilities = details.get("capabilities")
    return not isinstance(capabilities, list) or "completion" in capabilities


def _window(details: dict[str, Any]) -> int:
    """The model's own context length, in tokens: `llama.context_length`, `qwen3.context_length`, …"""
    info = details.get("model_info")
    lengths = [info[key] for key in info if key.endswith(".context_length")] if isinstance(info, dict) else []
    return lengths[0] if lengths and isinstance(lengths[0], int) and lengths[0] > 0 else FALLBACK_WINDOW


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace") or "no reason given"
