"""The newest layer twice, without a model and with a scripted one, and the environments of the clients."""

import os
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import uvicorn

from mystack.fresh import clean_environment
from mystack.project import ROOT, find_layer
from mystack.server import serving
from tests.clients.model import app
from tests.uploading import ready

SWITCH = "MYSTACK_CLIENTS"
ENVIRONMENTS = ROOT / ".mystack" / "clients"
PINS: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "clients.toml").read_text())
TEXT = "The Svindersund bridge was opened in 1946. Its architect was Karin Holm, who also drew the town hall.\n"
INSTALL_SECONDS = 600
RUN_SECONDS = 180


@pytest.fixture(scope="session")
def model() -> Iterator[str]:
    """The base URL of the scripted model server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        server.should_exit = True
        thread.join(timeout=20)


def served(folder: Path, **settings: str) -> Iterator[str]:
    """The base URL of the newest layer, with a document."""
    with serving(find_layer(), folder, env=clean_environment() | settings) as server:
        with httpx2.Client(base_url=server.url, timeout=60) as http:
            ready(http, http.post("/documents", files={"file": ("bridge.txt", TEXT.encode())}))
        yield f"{server.url}/v1"


@pytest.fixture(scope="session")
def quoting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from served(tmp_path_factory.mktemp("quoting"), LLM_PROVIDER="extractive")


@pytest.fixture(scope="session")
def generating(tmp_path_factory: pytest.TempPathFactory, model: str) -> Iterator[str]:
    settings = {"LLM_PROVIDER": "openai", "OPENAI_BASE_URL": model, "OPENAI_API_KEY": "any", "OPENAI_MODEL": "scripted"}
    yield from served(tmp_path_factory.mktemp("generating"), **settings)


@pytest.fixture
def run(quoting: str, generating: str) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Run a client's program in its environment; it gets both base URLs."""

    def run_program(name: str) -> subprocess.CompletedProcess[str]:
        program = Path(__file__).parent / "programs" / f"use_{name}.py"
        return subprocess.run(
            [environment(name), program, quoting, generating],
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "NO_PROXY": "127.0.0.1"},
        )

    return run_program


def environment(name: str) -> Path:
    """The Python of the client's environment, which is made anew when its pins change."""
    folder, pins = ENVIRONMENTS / name, "\n".join(PINS[name])
    python, installed = folder / "bin" / "python", folder / "pins.txt"
    if not installed.exists() or installed.read_text() != pins:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PINS[name]]
        subprocess.run(pip, check=True, timeout=INSTALL_SECONDS)
        installed.write_text(pins)
    return python
