"""A loopback server with the part of Ollama's protocol that the adapter uses."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers.model_server import ModelServer


class OllamaServer(ModelServer):
    """Serves the models in `windows`: name → context length in tokens, None if the model does not report one."""

    media_type = "application/x-ndjson"

    def __init__(self) -> None:
        super().__init__()
        self.windows: dict[str, int | None] = {"tiny:latest": 8192}
        self.capabilities: dict[str, list[str]] = {}
        self.listing: Any = None
        """The body of /api/tags, instead of the models."""
        self.listing_hangs = False
        self.requests: list[str] = []
        self.app = Starlette(
            routes=[
                Route("/api/tags", self.tags),
                Route("/api/show", self.show, methods=["POST"]),
                Route("/api/chat", self.chat, methods=["POST"]),
            ]
        )

    async def tags(self, request: Request) -> Response:
        self.requests.append("tags")
        if self.listing_hangs:
            await self.hanging(request)
        if self.listing is not None:
            return Response(self.listing)
        return JSONResponse({"models": [{"name": name, "digest": name} for name in self.windows]})

    async def show(self, request: Request) -> Response:
        name = (await request.json())["model"]
        self.requests.append(f"show {name}")
        window = self.windows[name]
        info = {"general.architecture": "llama"} | ({"llama.context_length": window} if window else {})
        details: dict[str, Any] = {"model_info": info}
        if name in self.capabilities:
            details["capabilities"] = self.capabilities[name]
        return JSONResponse(details)

    def piece(self, word: str) -> bytes:
        return json.dumps({"message": {"role": "assistant", "content": word}, "done": False}).encode() + b"\n"

    def end(self) -> bytes:
        counts = {"prompt_eval_count": 21, "eval_count": len(self.words)}
        last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
        return json.dumps(last | counts).encode() + b"\n"
