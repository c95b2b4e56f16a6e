"""Graceful shutdown drops no request: readiness fails first, responses finish, and streams end with an error event."""

import json
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import httpx2
import pytest

from mystack.project import all_layers
from mystack.server import Server
from tests.cli.processes import until
from tests.load.balancer import Balancer

QUESTION = {"message": "What is retrieval-augmented generation?", "use_rag": False}
HELD = QUESTION | {"model": "held"}
CLIENTS = 4
PAUSE = 0.05
"""Seconds between two requests of a client; more load would only delay the start of the instances."""


def terminate(server: Server) -> None:
    os.kill(server.app.pid, signal.SIGTERM)


def events(text: str) -> list[str]:
    return [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]


def test_a_rolling_restart_drops_no_request(instance: Callable[..., Server], balancer: Balancer) -> None:
    def start() -> Server:
        server = instance(drain_seconds=0.5)
        balancer.instances.append(server.url)
        until(lambda: server.url in balancer.ready, what="the balancer sees a new instance")
        return server

    old = [start(), start()]
    finished = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(send_until, balancer.url, finished) for _ in range(CLIENTS)]
        try:
            for server in old:
                start()
                terminate(server)
                assert server.app.wait(15) is not None
                balancer.instances.remove(server.url)
        finally:
            finished.set()
        results = [result for client in clients for result in client.result()]
    assert balancer.dropped == []
    assert set(results) == {(200, "")} | {(200, "done")}
    assert len(results) > 2 * CLIENTS


def send_until(url: str, finished: threading.Event) -> list[tuple[int, str]]:
    """Request /chat and /chat/stream in turn; returns each status, with the last event of each stream."""
    results = []
    with httpx2.Client(base_url=url, timeout=30, trust_env=False) as client:
        while not finished.wait(PAUSE):
            response = client.post("/chat", json=QUESTION)
            results.append((response.status_code, ""))
            stream = client.post("/chat/stream", json=QUESTION)
            results.append((stream.status_code, (events(stream.text) or ["none"])[-1]))
    return results


@pytest.mark.parametrize("layer", all_layers()[:1], indirect=True)
def test_running_requests_end_with_a_stopping_error(instance: Callable[..., Server], model: str) -> None:
    server = instance(llm_provider="ollama", ollama_url=model, stop_seconds=2)
    with httpx2.Client(base_url=server.url, timeout=30, trust_env=False) as client, ThreadPoolExecutor(2) as pool:
        response: Future[httpx2.Response] = pool.submit(client.post, "/chat", json=HELD)
        until(lambda: open_generations(model) == 1, what="the model answers")
        with client.stream("POST", "/chat/stream", json=HELD) as stream:
            lines = stream.iter_lines()
            until(lambda: next(lines) == "event: token", what="a token arrives")
            terminate(server)
            until(lambda: client.get("/health/ready").status_code == 503, what="the shutdown begins")
            refused = client.post("/chat", json=QUESTION)
            alive = client.get("/health/live")
            rest = list(lines)
    assert (refused.status_code, refused.json()["code"]) == (503, "stopping")
    assert (refused.headers["Connection"], "Retry-After" in refused.headers) == ("close", True)
    assert (alive.status_code, alive.headers["Connection"]) == (200, "close")
    last = rest.index("event: error")
    assert events("\n".join(rest)) == ["error"]
    assert json.loads(rest[last + 1].removeprefix("data: "))["code"] == "stopping"
    assert (response.result().status_code, response.result().json()["code"]) == (503, "stopping")
    assert server.app.wait(15) is not None
    until(lambda: open_generations(model) == 0, what="the generation stops")


def open_generations(model: str) -> int:
    return int(httpx2.get(f"{model}/open", trust_env=False).json())
