"""The usual commands for starting an ASGI application work in the layer's folder."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.servers.running import eventually

LAYER = Path(__file__).resolve().parents[2]
COMMANDS = {
    "uvicorn": ["uvicorn", "api.main:app", "--host", "127.0.0.1", "--port"],
    "uvicorn --factory": ["uvicorn", "api.main:create_app", "--factory", "--host", "127.0.0.1", "--port"],
    "fastapi run": ["fastapi", "run", "api/main.py", "--host", "127.0.0.1", "--port"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_starts_the_layer(name: str, needs: Callable[[], dict[str, Any]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *COMMANDS[name], str(port)]
    settings = {setting.upper(): str(value) for setting, value in needs().items()}
    env = {**os.environ, **settings, "PYTHONPATH": str(LAYER)}
    process = subprocess.Popen(command, cwd=LAYER, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        eventually(lambda: _is_alive(port), 60)
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=20)
    assert b"Traceback" not in output


def _is_alive(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/health/live", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def test_importing_the_module_reads_no_settings() -> None:
    code = "import api.main; assert 'app' in dir(api.main); assert 'app' not in vars(api.main)"
    env = {**os.environ, "LLM_PROVIDER": "no such provider"}
    subprocess.run([sys.executable, "-c", code], cwd=LAYER, env=env, check=True)
