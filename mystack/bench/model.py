"""A stub model server with almost no cost per answer: `python -m mystack.bench.model DESCRIPTOR`.

It implements the part of Ollama's protocol that a layer uses. The model `instant` answers at once, `thinking` after a
tenth of a second; `held` sends one word and then nothing until its client disconnects, and `endless` sends words until
then. `GET /open` returns the number of pending answers of these two.
"""

import asyncio
import json
import socket
import sys
from typing import Any

from mystack.guard import watch_parent

WORDS = 20
MODELS = ("instant", "thinking", "held", "endless")
THINKING_SECONDS = 0.1
ENDLESS_PAUSE = 0.5
ENDLESS_WORD = "o" * 8_000 + " "

open_answers: set[asyncio.StreamWriter] = set()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection."""
    try:
        while True:
            path, body = await _read(reader)
            await _reply(path, body, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client disconnected
    finally:
        open_answers.discard(writer)
        writer.close()


async def _read(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.lower().split("\r\n")
    length = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")), 0)
    body = json.loads(await reader.readexactly(length)) if length else {}
    return head.split(" ")[1], body


async def _reply(path: str, body: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    match path:
        case "/api/tags":
            _send(writer, {"models": [{"name": name, "digest": name} for name in MODELS]})
        case "/api/show":
            _send(writer, {"model_info": {"llama.context_length": 8192}})
        case "/open":
            _send(writer, len(open_answers))
        case _:
            await _chat(body["model"], writer)
    await writer.drain()


async def _chat(model: str, writer: asyncio.StreamWriter) -> None:
    words = [_line({"message": {"content": "word "}}) for _ in range(WORDS)]
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 20, "eval_count": WORDS}
    if model in ("instant", "thinking"):
        await asyncio.sleep(THINKING_SECONDS if model == "thinking" else 0)
        _send_raw(writer, b"".join([*words, _line(end)]))
        return
    open_answers.add(writer)
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    writer.write(_chunk(words[0]))
    long = _chunk(_line({"message": {"content": ENDLESS_WORD}}))
    while model == "endless":
        writer.write(long)
        await writer.drain()
        await asyncio.sleep(ENDLESS_PAUSE)


def _chunk(line: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(line), line)


def _line(piece: object) -> bytes:
    return json.dumps(piece).encode() + b"\n"


def _send(writer: asyncio.StreamWriter, piece: object) -> None:
    _send_raw(writer, _line(piece))


def _send_raw(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )


async def _serve(listener: socket.socket) -> None:
    server = await asyncio.start_server(answer, sock=listener)
    await server.serve_forever()


if __name__ == "__main__":
    watch_parent()
    asyncio.run(_serve(socket.socket(fileno=int(sys.argv[1]))))
