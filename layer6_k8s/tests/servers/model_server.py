"""A model server over real HTTP that can fail in every way that the adapters must handle."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse


class ModelServer:
    """Streams `words`, one piece each, according to `behaviour`:

    normal, slow (first piece after `delay` seconds), endless (never stops), mute (headers but no piece),
    stuck (one piece, then nothing), hang (not even a status line), half (closes after half of the pieces),
    empty (closes before the first piece), error500, garbage, wrong_shape (JSON of another schema), absent (404).
    """

    words: Sequence[str] = ("Paris ", "is ", "the ", "capital ", "of ", "France.")
    media_type = "application/json"

    def __init__(self) -> None:
        self.url = ""
        self.behaviour = "normal"
        self.delay = 0.0
        self.failures = 0  # the number of requests that fail with 503 first
        self.chats: list[dict[str, Any]] = []
        self.left = 0
        """The number of clients that disconnected before the end of the response."""

    def piece(self, word: str) -> bytes:
        """One piece of the response, in the server's protocol."""
        raise NotImplementedError

    def end(self) -> bytes:
        """The end of the response, in the server's protocol."""
        raise NotImplementedError

    async def hanging(self, request: Request) -> None:
        """Wait until the client disconnects."""
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.left += 1

    async def chat(self, request: Request) -> Response:
        self.chats.append(await request.json())
        if self.failures:
            self.failures -= 1
            return JSONResponse({"error": "busy"}, 503)
        match self.behaviour:
            case "hang":
                await self.hanging(request)
            case "error500":
                return JSONResponse({"error": "boom"}, 500)
            case "absent":
                return JSONResponse({"error": "model not found"}, 404)
            case "garbage":
                return Response(b"data: <html>\n\n<html>\n", media_type=self.media_type)
            case "wrong_shape":
                return Response(b'data: {"choices": 7, "message": 3}\n\n[1, 2]\n', media_type=self.media_type)
        return StreamingResponse(self._pieces(), media_type=self.media_type)

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        try:
            async for piece in self._behave():
                yield piece
        except asyncio.CancelledError:
            self.left += 1
            raise

    async def _behave(self) -> AsyncGenerator[bytes, None]:
        if self.behaviour == "slow":
            await asyncio.sleep(self.delay)
        if self.behaviour == "mute":
            await asyncio.Event().wait()
        if self.behaviour == "empty":
            raise ConnectionAbortedError
        for number, word in enumerate(self.words):
            yield self.piece(word)
            if self.behaviour == "stuck":
                await asyncio.Event().wait()
            if self.behaviour == "half" and number == len(self.words) // 2:
                raise ConnectionAbortedError
        while self.behaviour == "endless":
            yield self.piece("on ")
            await asyncio.sleep(0.01)
        yield self.end()
