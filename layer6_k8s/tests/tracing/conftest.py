"""The service as a process of its own, as in a container, with a worker beside it: OpenTelemetry's variables are the
process's."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mystack.embedded import Valkey
from tests.models.tiny import minilm_folder
from tests.servers.running import eventually
from tests.servers.scripted import ScriptedModel
from tests.tracing.receiver import Receiver, receiving

LAYER = Path(__file__).parents[2]
UVICORN = [
    *("--factory", "--log-level", "warning", "--no-access-log", "--ws", "none"),
    *("--http", "api.http.protocol:Protocol"),
]
START_SECONDS = 150
BRIDGE = "The Svindersund bridge was opened in 1946. It is 420 metres long. Its architect was Karin Holm.\n"
QUESTION = "When was the Svindersund bridge opened?"
ANSWER = "The Svindersund bridge was opened in 1946 [1]."


@contextmanager
def process(command: list[str], given: dict[str, Any], log: Path, **more: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A process with these settings and variables; it is asked to stop at the end."""
    env = os.environ | {name.upper(): str(value) for name, value in given.items()}
    with log.open("ab") as output:
        started = subprocess.Popen(command, cwd=LAYER, env=env, stdout=output, stderr=output, **more)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(30)
        finally:
            started.kill()
            started.wait()


@contextmanager
def service(given: dict[str, Any], log: Path) -> Iterator[httpx2.Client]:
    """The service under uvicorn, as the image starts it; gives a client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "uvicorn", "api.main:create_app", "--fd", str(listener.fileno()), *UVICORN]
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with (
            process(command, given, log, pass_fds=[listener.fileno()]),
            httpx2.Client(base_url=url, trust_env=False, verify=False, timeout=60) as client,
        ):
            eventually(lambda: client.get("/health/ready").status_code == 200, START_SECONDS)
            yield client


def traceparent(*, sampled: bool = True) -> tuple[str, str]:
    """A trace that a client has begun: its id, and the header."""
    trace_id = secrets.token_hex(16)
    return trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-0{int(sampled)}"


@dataclass
class Traced:
    """A service and a worker that send their traces to `receiver` and write JSON to `log`."""

    client: httpx2.Client
    receiver: Receiver
    model: ScriptedModel
    log: Path
    worker_log: Path

    def ask(self, question: str = QUESTION, *, status: int = 200, **more: Any) -> tuple[str, dict[str, Any]]:
        """The id of the trace, and the answer."""
        trace_id, header = traceparent()
        response = self.client.post("/chat", json={"message": question, **more}, headers={"traceparent": header})
        assert response.status_code == status, response.text
        return trace_id, response.json()

    def upload(self, text: str, name: str) -> tuple[str, dict[str, Any]]:
        trace_id, header = traceparent()
        response = self.client.post(
            "/documents/upload", files={"file": (name, text.encode())}, headers={"traceparent": header}
        )
        assert response.status_code in (200, 201), response.text
        return trace_id, response.json()


@pytest.fixture(scope="module")
def traced(
    needs: Callable[[], dict[str, Any]], start: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Traced]:
    """A service with a document, which its worker has read, and a scripted language model."""
    folder = tmp_path_factory.mktemp("traced")
    model = ScriptedModel()
    with (folder / "lock").open("w") as lock, ExitStack() as stack:
        started = Valkey().start(folder, lock.fileno())
        if started.child:
            stack.callback(started.child.stop)
        receiver = stack.enter_context(receiving())
        model.url = stack.enter_context(start(model.app)) + "/v1"
        model.says(ANSWER)
        given = needs() | model.settings | tracing_to(receiver.url)
        given |= {"redis_url": started.settings["REDIS_URL"], "log_format": "json", "embedding_path": minilm_folder()}
        given |= {"use_rag": True}
        worker, log = [sys.executable, "-m", "api.entrypoints.worker"], folder / "worker.log"
        stack.enter_context(process(worker, given, log))
        client = stack.enter_context(service(given, folder / "service.log"))
        yield Traced(client, receiver, model, folder / "service.log", log)


def tracing_to(url: str) -> dict[str, Any]:
    """Variables of OpenTelemetry; spans are sent soon."""
    return {"otel_exporter_otlp_endpoint": url, "otel_bsp_schedule_delay": 100}
