"""A language model behind OpenAI's protocol that says what a test scripts, over real sockets.

scripted.says("Paris [1].", finish="length")             every request
scripted.says("a better question", when="rewrite")       only requests that contain this text
scripted.says("slow", held="first")                      waits for scripted.release()
"""

import asyncio
import json
import re
import threading
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.servers.running import eventually

MODEL = "scripted"
WINDOW = 8192


@dataclass(frozen=True)
class Reply:
    """An answer and how it is sent.

    `held`: wait for `release` before the first piece, or after it. `breaks`: close the connection after all pieces,
    without an end. `status` other than 200: an error instead of an answer.
    """

    pieces: tuple[str, ...] = ()
    finish: str | None = "stop"
    tool_calls: tuple[dict[str, Any], ...] = ()
    delay: float = 0.0
    """Seconds before the first piece."""
    pause: float = 0.0
    """Seconds between two pieces."""
    held: Literal["", "first", "rest"] = ""
    breaks: bool = False
    status: int = 200
    usage: bool = True

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class ScriptedModel:
    """`says` scripts the answers; `bodies` are the requests that it received."""

    def __init__(self) -> None:
        self.url = ""
        """The base URL, with /v1."""
        self.app = Starlette(
            routes=[
                Route("/v1/models", self._models),
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
            ]
        )
        self.reset()

    def reset(self) -> None:
        self.replies: dict[str, Reply] = {"": Reply(("Hello.",))}
        self.bodies: list[dict[str, Any]] = []
        self.listing_status = 200
        self.left = 0
        """The number of clients that disconnected before the end of the response."""
        self.open = self.most_open = 0
        """Streams that are being sent now, and the most at the same time."""
        self._released = threading.Event()

    def says(self, text: str = "", *, when: str = "", pieces: Sequence[str] | None = None, **how: Any) -> None:
        """Answer with this text, by default one word per piece. `how` are the fields of `Reply`.

        `when`: only requests whose messages contain this text; of several, the one scripted last counts.
        """
        self.replies.pop(when, None)
        self.replies[when] = Reply(tuple(pieces or re.findall(r"\s*\S+\s*$|\s*\S+", text) or [text]), **how)

    def fails(self, status: int = 500, *, when: str = "") -> None:
        """Answer with this HTTP status."""
        self.says(when=when, status=status)

    def release(self) -> None:
        """Let every held answer go on, those of later requests included."""
        self._released.set()

    def asked(self, times: int) -> None:
        """Wait until that many requests have arrived."""
        eventually(lambda: len(self.bodies) >= times)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a layer that uses this model."""
        return {
            "llm_provider": "openai",
            "openai_base_url": self.url,
            "openai_model": MODEL,
            "openai_context": WINDOW,
        }

    @property
    def prompts(self) -> list[str]:
        """The last message of each request."""
        return [str(body["messages"][-1].get("content")) for body in self.bodies]

    async def _models(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model"}]}, self.listing_status)

    async def _chat(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        reply = self._reply(json.dumps(body["messages"], ensure_ascii=False))
        if reply.status != 200:
            return JSONResponse({"error": {"message": f"scripted {reply.status}"}}, reply.status)
        if body.get("stream"):
            return StreamingResponse(self._stream(reply, body), media_type="text/event-stream")
        await self._wait(reply.held != "", reply.delay)
        return JSONResponse(_completion(reply, body))

    def _reply(self, messages: str) -> Reply:
        matching = [when for when in self.replies if when and json.dumps(when, ensure_ascii=False)[1:-1] in messages]
        return self.replies[matching[-1] if matching else ""]

    async def _stream(self, reply: Reply, body: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            async for choice in self._choices(reply, body):
                yield _chunk(choices=[choice])
        except asyncio.CancelledError:
            self.left += 1
            raise
        finally:
            self.open -= 1
        if reply.breaks:
            raise ConnectionAbortedError
        if reply.usage and (body.get("stream_options") or {}).get("include_usage"):
            yield _chunk(choices=[], usage=_usage(reply))
        yield b"data: [DONE]\n\n"

    async def _choices(self, reply: Reply, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """The choices of the chunks: pieces and tool calls, then the finish reason."""
        deltas: list[dict[str, Any]] = [{"content": piece} for piece in reply.pieces]
        deltas += [{"tool_calls": [{"index": n} | call]} for n, call in enumerate(reply.tool_calls)]
        for number, delta in enumerate(deltas):
            await self._wait(
                reply.held == "first" or (reply.held == "rest" and number > 0), reply.pause if number else reply.delay
            )
            for index in range(body.get("n") or 1):
                yield {"index": index, "delta": {"role": "assistant"} | delta, "finish_reason": None}
        if not reply.breaks:
            for index in range(body.get("n") or 1):
                yield {"index": index, "delta": {}, "finish_reason": reply.finish}

    async def _wait(self, held: bool, seconds: float) -> None:
        await asyncio.sleep(seconds)
        while held and not self._released.is_set():  # noqa: ASYNC110 - another thread sets it
            await asyncio.sleep(0.005)


def tool_call(name: str, **arguments: Any) -> dict[str, Any]:
    """A call of a function tool, for `says(tool_calls=…)`."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": f"call_{name}", "type": "function", "function": function}


def _completion(reply: Reply, body: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    message |= {"tool_calls": list(reply.tool_calls)} if reply.tool_calls else {}
    choices = [{"index": n, "message": message, "finish_reason": reply.finish} for n in range(body.get("n") or 1)]
    base = {"id": "c1", "object": "chat.completion", "created": 1, "model": MODEL}
    return base | {"choices": choices, "usage": _usage(reply)}


def _usage(reply: Reply) -> dict[str, int]:
    return {
        "prompt_tokens": 21,
        "completion_tokens": len(reply.pieces),
        "total_tokens": 21 + len(reply.pieces),
    }


def _chunk(**fields: Any) -> bytes:
    chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, **fields}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"
