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
        self.tool_calls: list[dict[str, Any]] = []
        """Calls that end the answer, each sent in two pieces."""
        self.logprobs = False
        self.finish_reason = "stop"
        self.refuses_tools = 0
        """The status of the answer to a request with tools, if not 0."""
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
        if self.refuses_tools and "tools" in await request.json():
            return JSONResponse({"error": {"message": "this model has no tools"}}, self.refuses_tools)
        return await self.chat(request)

    def _authorized(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.key}"

    def piece(self, word: str) -> bytes:
        logprobs = {"content": [{"token": word, "logprob": -0.5, "bytes": None, "top_logprobs": []}]}
        choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
        return self._chunk(choices=[choice | ({"logprobs": logprobs} if self.logprobs else {})])

    def end(self) -> bytes:
        deltas = [piece for index, call in enumerate(self.tool_calls) for piece in self._call(index, call)]
        calls = [self._chunk(choices=[{"index": 0, "delta": {"tool_calls": [delta]}}]) for delta in deltas]
        reason = "tool_calls" if self.tool_calls else self.finish_reason
        last = b"".join(calls) + self._chunk(choices=[{"index": 0, "delta": {}, "finish_reason": reason}])
        usage = {"prompt_tokens": 21, "completion_tokens": len(self.words), "total_tokens": 21 + len(self.words)}
        return last + self._chunk(choices=[], usage=usage) + b"data: [DONE]\n\n"

    def _call(self, index: int, call: dict[str, Any]) -> list[dict[str, Any]]:
        function = call["function"]
        first = {"index": index, **call, "function": {"name": function["name"], "arguments": ""}}
        return [first, {"index": index, "function": {"arguments": function["arguments"]}}]

    def _chunk(self, **fields: Any) -> bytes:
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini", **fields}
        return b"data: " + json.dumps(chunk).encode() + b"\n\n"
