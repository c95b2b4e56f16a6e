"""Ollama over its own /api/chat: only that route lets us set the context window (`num_ctx`)."""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from api.errors import ModelNotFound, ModelUnavailable
from api.services.language_model import Finished, ModelInfo, Prompt, Token
from api.services.turn import Usage

FALLBACK_WINDOW = 4096  # tokens; for a model whose metadata names no context length
MODELS_SECONDS = 15.0  # how long a list of models is believed


class OllamaModel:
    """Models served by Ollama at `url`. `model` is the default; without it the first one listed is."""

    provider = "ollama"
    generates = True

    def __init__(self, client: httpx2.AsyncClient, url: str, model: str | None, max_window: int) -> None:
        self.client = client
        self.url = url.rstrip("/")
        self.model = model
        self.max_window = max_window
        self._known: tuple[float, list[ModelInfo]] = (0.0, [])
        self._windows: dict[str, int] = {}

    async def models(self) -> list[ModelInfo]:
        asked_at, known = self._known
        if known and time.monotonic() - asked_at < MODELS_SECONDS:
            return known
        names = [entry["name"] for entry in (await self._json("GET", "/api/tags"))["models"]]
        if not names:
            raise ModelUnavailable(f"Ollama at {self.url} has no model. Pull one: `ollama pull llama3.2`.")
        default = self._default(names)
        known = [ModelInfo(name, "ollama", await self._window(name), name == default) for name in names]
        self._known = (time.monotonic(), known)
        return known

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]:
        async with self._request("POST", "/api/chat", json=_body(prompt)) as response:
            async for line in response.aiter_lines():
                piece = _parse(line)
                if "error" in piece:
                    raise ModelUnavailable(f"Ollama stopped: {piece['error']}")
                if text := piece.get("message", {}).get("content"):
                    yield Token(text)
                if piece.get("done"):
                    yield _finished(piece)
                    return
        raise ModelUnavailable("Ollama's answer broke off before its end.")

    def _default(self, names: list[str]) -> str:
        if self.model is None:
            return names[0]
        for name in names:
            if name in (self.model, f"{self.model}:latest"):
                return name
        raise ModelUnavailable(f"Ollama does not have {self.model!r}. Pull it: `ollama pull {self.model}`.")

    async def _window(self, name: str) -> int:
        """The model's own context length, at most `max_window`: memory grows with it."""
        if name not in self._windows:
            details = (await self._json("POST", "/api/show", json={"model": name})).get("model_info", {})
            lengths = [value for key, value in details.items() if key.endswith(".context_length")]
            self._windows[name] = min(int(lengths[0]) if lengths else FALLBACK_WINDOW, self.max_window)
        return self._windows[name]

    async def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        async with self._request(method, path, **request) as response:
            return _parse((await response.aread()).decode("utf-8", "replace"))

    @asynccontextmanager
    async def _request(self, method: str, path: str, **request: Any) -> AsyncIterator[httpx2.Response]:
        try:
            async with self.client.stream(method, self.url + path, **request) as response:
                if response.status_code == 404 and path != "/api/tags":
                    raise ModelNotFound(f"Ollama: {_reason(await response.aread())}")
                if response.status_code != 200:
                    raise ModelUnavailable(f"Ollama answered {response.status_code}: {_reason(await response.aread())}")
                yield response
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ModelUnavailable(
                f"Ollama is not reachable at {self.url} ({type(error).__name__}). Start it with `ollama serve`."
            ) from error


def _body(prompt: Prompt) -> dict[str, Any]:
    options: dict[str, Any] = {"num_ctx": prompt.context_window, "num_predict": prompt.max_tokens}
    if prompt.temperature is not None:
        options["temperature"] = prompt.temperature
    messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
    return {"model": prompt.model, "messages": messages, "stream": True, "options": options}


def _parse(line: str) -> dict[str, Any]:
    try:
        piece = json.loads(line)
    except ValueError as error:
        raise ModelUnavailable("Ollama sent something that is not JSON.") from error
    if not isinstance(piece, dict):
        raise ModelUnavailable("Ollama sent JSON of another shape than its API has.")
    return piece


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace") or "no reason given"


def _finished(piece: dict[str, Any]) -> Finished:
    usage = Usage(piece.get("prompt_eval_count", 0), piece.get("eval_count", 0), estimated=False)
    return Finished("length" if piece.get("done_reason") == "length" else "stop", usage)
