"""A loopback server with the part of OpenAI's protocol that the adapter uses."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers.model_server import ModelServer


class OpenAIServer(ModelServer):
    """Accepts only the key `right-key`."""

    media_type = "text/event-stream"
    key = "right-key"

    def __init__(self) -> None:
        super().__init__()
        self.listing_status = 200
        self.listing_hangs = False
        self.app = Starlette(
            routes=[
                Route("/v1/models", self.models),
                Route("/v1/chat/completions", self.authorized_chat, methods=["POST"]),
            ]
        )

    async def models(self, request: Request) -> Response:
        if self.listing_hangs:
            await self.hanging(request)
        if not self._authorized(request):
            return JSONResponse({"error": {"message": f"Incorrect key {self.key}"}}, 401)
        return JSONResponse({"object": "list", "data": []}, self.listing_status)

    async def authorized_chat(self, request: Request) -> Response:
        if not self._authorized(request):
            return JSONResponse({"error": {"message": "Incorrect key"}}, 401)
        return await self.chat(request)

    def _authorized(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.key}"

    def piece(self, word: str) -> bytes:
        return self._chunk(choices=[{"index": 0, "delta": {"content": word}, "finish_reason": None}])

    def end(self) -> bytes:
        last = self._chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
        usage = {"prompt_tokens": 21, "completion_tokens": len(self.words), "total_tokens": 21 + len(self.words)}
        return last + self._chunk(choices=[], usage=usage) + b"data: [DONE]\n\n"

    def _chunk(self, **fields: Any) -> bytes:
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini", **fields}
        return b"data: " + json.dumps(chunk).encode() + b"\n\n"
