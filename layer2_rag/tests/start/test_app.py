"""The ways people start an ASGI application by habit: each works in the layer's folder, without any set-up."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.servers.running import eventually

LAYER = Path(__file__).resolve().parents[2]
WAYS = {
    "uvicorn": ["uvicorn", "api.main:app", "--host", "127.0.0.1", "--port"],
    "a factory": ["uvicorn", "api.main:create_app", "--factory", "--host", "127.0.0.1", "--port"],
    "fastapi run": ["fastapi", "run", "api/main.py", "--host", "127.0.0.1", "--port"],
}


@pytest.mark.parametrize("way", WAYS)
def test_it_starts(way: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *WAYS[way], str(port)]
    env = {**os.environ, "PYTHONPATH": str(LAYER), "QDRANT_PATH": str(tmp_path / "qdrant")}
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


def test_importing_the_module_reads_no_setting() -> None:
    code = "import api.main; assert 'app' in dir(api.main); assert 'app' not in vars(api.main)"
    env = {**os.environ, "LLM_PROVIDER": "no such provider"}
    subprocess.run([sys.executable, "-c", code], cwd=LAYER, env=env, check=True)
