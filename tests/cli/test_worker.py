"""`mystack worker`: a further worker, which knows of the service only where its stores are."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mystack import embedded
from mystack.child import Child
from mystack.fresh import clean_environment
from mystack.project import Layer, all_layers
from mystack.server import WORKER, listen
from tests.cli.processes import Program, alive, descendants, started, until

LAYERS = [layer for layer in all_layers() if (layer.folder / WORKER).exists()]
NOTE = ("harbour.txt", b"The harbour office opens at eight and closes at four.")
QUESTION = {"message": "When does the harbour office open?"}


@pytest.fixture(params=[LAYERS[0], LAYERS[-1]], ids=lambda layer: layer.folder.name)
def layer(request: pytest.FixtureRequest) -> Layer:
    """The first layer with workers, and the newest."""
    found: Layer = request.param
    return found


@contextmanager
def without_workers(layer: Layer, folder: Path) -> Iterator[tuple[httpx2.Client, dict[str, str]]]:
    """A client of a service that has its stores and no worker, and the addresses of the stores."""
    env = clean_environment() | {"LOG_LEVEL": "INFO", "UPLOAD_WAIT_SECONDS": "0"}
    with ExitStack() as stack:
        output = stack.enter_context((folder / "service.log").open("wb"))
        stores = stack.enter_context(embedded.started(layer, folder, env))
        listener = stack.enter_context(listen("127.0.0.1", 0))
        keep = [listener.fileno(), *stores.descriptors]
        arguments = ["mystack.serve", str(listener.fileno())]
        service = Child(
            "service",
            arguments,
            cwd=layer.folder,
            env=env | stores.settings,
            keep_open=keep,
            output=output,
            guarded=True,
        )
        stack.callback(service.stop)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.close()
        client = stack.enter_context(httpx2.Client(base_url=url, timeout=60, trust_env=False))
        until(lambda: service.status is not None or _ready(client), 120, "the service is ready")
        assert service.status is None, (folder / "service.log").read_text()
        yield client, {name: stores.settings[name] for name in ("DATABASE_URL", "REDIS_URL")}


@contextmanager
def worker(layer: Layer, folder: Path, addresses: dict[str, str]) -> Iterator[Program]:
    """The command, in a folder that has nothing of the service."""
    arguments = ["-m", "mystack", "worker", str(layer.number)]
    with started(arguments, env=clean_environment() | addresses | {"LOG_LEVEL": "INFO"}, cwd=folder) as program:
        yield program


def _ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/health/ready").is_success
    except httpx2.TransportError:
        return False


def status(client: httpx2.Client, document: dict[str, Any]) -> str:
    return str(client.get(f"/documents/{document['id']}").json()["status"])


@pytest.mark.timeout(400)
def test_it_takes_the_uploads_of_a_service_and_stops_in_order(layer: Layer, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with without_workers(layer, tmp_path) as (client, addresses):
        accepted = client.post("/documents/upload", files={"file": NOTE})
        assert accepted.status_code == 202, accepted.text
        assert status(client, accepted.json()) == "queued"
        with worker(layer, elsewhere, addresses) as program:
            until(
                lambda: program.process.poll() is not None or status(client, accepted.json()) == "ready",
                120,
                "the upload is ready",
            )
            assert client.post("/chat", json=QUESTION).json()["sources"], program.text
            processes = descendants(program.process.pid)
            assert processes
            assert program.send(signal.SIGTERM) == 0, program.text
            assert not [process for process in processes if alive(process)]
            assert "Traceback" not in program.text
        later = client.post("/documents/upload", files={"file": ("later.txt", b"The ferry leaves at noon.")})
        assert status(client, later.json()) == "queued"


def test_a_worker_without_an_address_is_one_sentence(tmp_path: Path) -> None:
    with worker(LAYERS[-1], tmp_path, {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": ""}) as it:
        assert it.process.wait(60) == 2
        assert it.text.strip() == "mystack: a worker needs REDIS_URL: the addresses that the service uses"
