"""A server on loopback that speaks as much of Ollama's protocol as a chat needs, and says what a test wants."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODELS = ("llama3.2:3b", "qwen3:1.7b")
ENDLESS = 2000


class StandIn:
    """What it has, what it says, and what it was asked.

    `pieces` are streamed with `pause` seconds between them; while `held` is set, the stream waits after the first.
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
        """Answer with this text, a word a piece."""
        self.pieces = [word for word in text.replace(" ", " \0").split("\0") if word]
        self.pause = pause

    def say_without_end(self) -> None:
        self.pieces = [f"word {number} " for number in range(ENDLESS)]
        self.pause = 0.02


@contextmanager
def serving_ollama() -> Iterator[StandIn]:
    """Serve a stand-in on a free port for as long as the block lasts."""
    stand_in = StandIn()

    class Handler(_Handler):
        ollama = stand_in

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ollama: StandIn

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
        """Say nothing on the test's output."""
