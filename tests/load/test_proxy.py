"""HAProxy with layer 6's configuration, in front of small servers: what it sends where, and what it sends again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from mystack.deploy import proxy
from mystack.embedded import free_port
from mystack.project import ROOT
from tests.cli.processes import served, until

CONFIGURATION = ROOT / "layer6_k8s" / "haproxy" / "haproxy.cfg"


class Instance:
    """A server that counts its requests. `ready` is the status of /health/ready, after `slow` seconds."""

    def __init__(self, ready: int = 200, slow: float = 0.0) -> None:
        self.ready, self.slow = ready, slow
        self.requests: list[str] = []
        routes = [Route("/health/ready", self._health), Route("/{path:path}", self.handle, methods=["GET", "POST"])]
        self.app = Starlette(routes=routes)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address, while it runs."""
        with served(self.app) as url:
            yield url

    async def _health(self, request: Request) -> Response:
        await asyncio.sleep(self.slow)
        return Response(status_code=self.ready)

    async def handle(self, request: Request) -> Response:
        self.requests.append(f"{request.method} {request.url.path}")
        return Response("answered")


class Dying(Instance):
    """Its connections are lost once a request has arrived."""

    @contextmanager
    def serving(self) -> Iterator[str]:
        requests = self.requests

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                method, path, _ = self.rfile.readline().decode().split()
                while self.rfile.readline().strip():
                    pass
                if path == "/health/ready":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                else:
                    requests.append(f"{method} {path}")

        with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}"
            finally:
                server.shutdown()
                thread.join()


class Streaming(Instance):
    """Sends a piece, nothing for a while, and another piece."""

    async def handle(self, request: Request) -> Response:
        return StreamingResponse(self._pieces())

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield b"first "
        await asyncio.sleep(2.5)
        yield b"last"


@contextmanager
def behind(folder: Path, *apps: Instance, changed: tuple[str, str] = ("", "")) -> Iterator[httpx2.Client]:
    """A client of HAProxy in front of these; `changed` is replaced in its configuration."""
    configuration = folder / "haproxy.cfg"
    text = CONFIGURATION.read_text()
    assert changed[0] in text
    configuration.write_text(text.replace(*changed) if changed[0] else text)
    with ExitStack() as stack:
        urls = [stack.enter_context(app.serving()) for app in apps]
        ports = [urlsplit(url).port or 0 for url in urls] + [free_port() for _ in range(3 - len(urls))]
        address = f"127.0.0.1:{free_port()}"
        running = proxy.start(configuration, folder, address, dict(zip("abc", ports, strict=True)))
        stack.callback(running.child.stop)
        wanted = {place for place, app in zip("abc", apps, strict=False) if app.ready == 200}
        until(lambda: running.up() == wanted, what="the proxy knows who is ready")
        yield stack.enter_context(httpx2.Client(base_url=f"http://{address}", trust_env=False, timeout=20))


def test_only_those_that_are_ready_get_requests(tmp_path: Path) -> None:
    ready, other = Instance(), Instance(ready=503)
    with behind(tmp_path, ready, other) as client:
        assert [client.post("/chat").text for _ in range(6)] == ["answered"] * 6
    assert (len(ready.requests), other.requests) == (6, [])


def test_a_busy_instance_that_is_slow_to_say_so_stays(tmp_path: Path) -> None:
    busy = Instance(slow=1.0)
    with behind(tmp_path, busy) as client:
        busy.slow = 2.0
        until(lambda: client.post("/chat").text == "answered" and len(busy.requests) > 30, what="two checks took long")
    assert set(busy.requests) == {"POST /chat"}


def test_a_stream_is_not_cut_while_nothing_is_sent(tmp_path: Path) -> None:
    with behind(tmp_path, Streaming(), changed=("timeout client 75s", "timeout client 1s")) as client:
        assert client.post("/chat/stream").text == "first last"


def test_without_instances_the_answer_is_a_problem_that_says_when_to_come_again(tmp_path: Path) -> None:
    with behind(tmp_path) as client:
        answer = client.post("/chat")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_ready"


@pytest.mark.parametrize(
    ("method", "path", "again"),
    [
        ("POST", "/search", True),
        ("GET", "/documents", True),
        ("POST", "/v1/embeddings", True),
        ("POST", "/chat", False),
    ],
)
def test_what_changes_nothing_is_asked_of_another_instance_when_one_dies(
    tmp_path: Path, method: str, path: str, again: bool
) -> None:
    dying, living = Dying(), Instance()
    with behind(tmp_path, dying, living) as client:
        # A client that keeps its connection is not answered 502: HAProxy closes the connection.
        answers = [client.request(method, path, headers={"Connection": "close"}) for _ in range(8)]
    assert len(dying.requests) > 0
    lost = [answer for answer in answers if answer.status_code == 502]
    assert len(lost) == (0 if again else len(dying.requests))
    assert {answer.json()["code"] for answer in lost} <= {"instance_lost"}
    assert len(living.requests) == 8 - len(lost)
