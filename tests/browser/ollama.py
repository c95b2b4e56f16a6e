"""A server on loopback that implements the part of Ollama's protocol that a chat needs."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODELS = ("llama3.2:3b", "qwen3:1.7b")
ENDLESS = 2000


class OllamaStub:
    """Its models, its reply, and the requests it received.

    It streams `pieces` with `pause` seconds between them; while `held` is set, it waits after the first piece.
    """

    def __init__(self) -> None:
        self.reset()
        self.url = ""

    def reset(self) -> None:
        self.models: Sequence[str] = MODELS
        self.pieces: Sequence[str] = ["Hello", " there", "."]
        self.pause = 0.0
        self.held = threading.Event()
        self.failing = False
        self.asked: list[dict[str, Any]] = []
        self.hung_up = threading.Event()

    def say(self, text: str, pause: float = 0.0) -> None:
        """Reply with this text, one word per piece."""
        self.pieces = [word for word in text.replace(" ", " \0").split("\0") if word]
        self.pause = pause

    def answer_endlessly(self) -> None:
        self.pieces = [f"word {number} " for number in range(ENDLESS)]
        self.pause = 0.02


@contextmanager
def serving_ollama() -> Iterator[OllamaStub]:
    """Serve a stub on a free port for the duration of the block."""
    stub = OllamaStub()

    class Handler(_Handler):
        ollama = stub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ollama: OllamaStub

    def do_GET(self) -> None:
        self._json({"models": [{"name": name} for name in self.ollama.models]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body["model"] not in self.ollama.models:
            self._json({"error": f"model '{body['model']}' not found"}, 404)
        elif self.path == "/api/show":
            self._json({"model_info": {"llama.context_length": 8192}})
        elif self.ollama.failing:
            self._json({"error": "the model ran out of memory"}, 500)
        else:
            self.ollama.asked.append(body)
            self._chat()

    def _chat(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            for piece in self.ollama.pieces:
                self._line({"message": {"role": "assistant", "content": piece}, "done": False})
                while self.ollama.held.is_set():
                    time.sleep(0.01)
                time.sleep(self.ollama.pause)
            self._line({"message": {"content": ""}, "done": True, "prompt_eval_count": 12, "eval_count": 34})
        except OSError:
            self.ollama.hung_up.set()

    def _line(self, piece: dict[str, Any]) -> None:
        self.wfile.write(json.dumps(piece).encode() + b"\n")
        self.wfile.flush()

    def _json(self, body: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep the test's output free of the access log."""
