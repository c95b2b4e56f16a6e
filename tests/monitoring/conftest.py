"""A real layer with its worker, used by somebody, under a real Prometheus and Alertmanager."""

import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mystack.alerts import receiving
from mystack.monitor import Monitors, Place, Target, monitoring
from mystack.project import find_layer
from mystack.server import Server, serving
from tests.browser.ollama import serving_ollama

MONITORING = find_layer(5).folder / "monitoring"
TEXT = b"The tower of the harbour is 41 metres high. It was built in 1887.\n\nThe bridge was opened in 1902.\n"
SECONDS = 120.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def until(found: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """What `found` gives as soon as it is true; the test fails if it is not in time."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return result


@dataclass
class Watched:
    """A layer and what watches it. `alerts`: what the webhook got, with the time of the monotonic clock."""

    server: Server
    monitors: Monitors
    alerts: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an expression now."""
        response = httpx2.get(f"{self.monitors.prometheus}/api/v1/query", params={"query": expression}, trust_env=False)
        assert response.status_code == httpx2.codes.OK, response.text
        return list(response.json()["data"]["result"])


@pytest.fixture(scope="session")
def watched() -> Iterator[Watched]:
    """The layer is in use during all tests: somebody uploads, searches, and asks."""
    port, worker_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as name, serving_ollama() as ollama, tempfile.TemporaryFile() as log:
        ollama.say("The tower of the harbour is 41 metres high [1].")
        settings = {
            "LLM_PROVIDER": "ollama",
            "OLLAMA_URL": ollama.url,
            "WORKER_METRICS_PORT": str(worker_port),
            "PROMETHEUS_URL": f"http://127.0.0.1:{port}",
        }
        env = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ} | settings
        with serving(find_layer(5), Path(name, "layer"), env=env, output=log) as server, used(server.url):
            received: list[tuple[float, dict[str, Any]]] = []
            place = Place(find_layer(5), Path(name, "monitor"), port, free_port())
            with receiving(lambda alert: received.append((time.monotonic(), alert))) as address:
                target = Target(server.url.removeprefix("http://"))
                with monitoring(place, target, address, worker_port=worker_port) as monitors:
                    yield Watched(server, monitors, received)


@contextmanager
def used(url: str) -> Iterator[None]:
    """In the block somebody uses the service, again and again."""
    over = threading.Event()

    def use() -> None:
        with httpx2.Client(base_url=url, timeout=30, trust_env=False) as http:
            for number in range(1_000_000):
                if over.wait(0.5):
                    return
                with suppress(httpx2.TransportError):  # a test has stopped the service
                    once(http, number)

    thread = threading.Thread(target=use)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def once(http: httpx2.Client, number: int) -> None:
    document = TEXT + f"Number {number} is a bench.".encode()
    http.post("/documents/upload", files={"file": (f"note{number % 3}.txt", document)}, params={"replace": "true"})
    http.post("/search", json={"query": "How high is the tower?"})
    answer = http.post("/chat", json={"message": f"How high is the tower of the harbour, bench {number % 5}?"}).json()
    http.post("/feedback", json={"message_id": answer["message_id"], "rating": "down" if number % 2 else "up"})
    http.post("/chat", json={"message": "How high is the tower?", "model": "extractive"})
    http.post("/chat", json={"message": "Who won the war of the roses?"})
    http.get("/documents")


def panels() -> dict[str, str]:
    """The expressions of all panels of Grafana's files, by their names; rates look back a minute."""
    found = {}
    for path in sorted((MONITORING / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel["targets"]:
                name = f"{path.stem}: {panel['title']} {target['refId']}"
                found[name] = target["expr"].replace("$__rate_interval", "1m")
    return found
