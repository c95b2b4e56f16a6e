"""The guards in conftest.py."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

EMPTY_TEST = "def test_nothing(): pass\n"
REMOTE_CONNECTION = """
import contextlib, socket
def test_suppressed_error():
    with contextlib.suppress(Exception), socket.socket() as s:
        s.connect(("192.0.2.1", 9))
"""
TESTS = Path(__file__).parent


def run_pytest(folder: Path, test: str, *, api_from: Path) -> subprocess.CompletedProcess[str]:
    """Run one test in `folder`/tests under a copy of conftest.py; `api` is imported from `api_from`."""
    (folder / "tests").mkdir()
    (folder / "tests" / "conftest.py").write_text((TESTS / "conftest.py").read_text())
    (folder / "tests" / "test_probe.py").write_text(test)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(api_from), str(TESTS.parent)])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_api_of_another_layer_is_rejected(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, EMPTY_TEST, api_from=TESTS.parent)
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "but `api` comes from" in result.stderr


def test_a_remote_connection_fails_the_test_even_if_its_error_is_suppressed(tmp_path: Path) -> None:
    (tmp_path / "api").symlink_to(TESTS.parent / "api")
    result = run_pytest(tmp_path, REMOTE_CONNECTION, api_from=tmp_path)
    assert "1 passed, 1 error" in result.stdout
    assert "socket.connect '192.0.2.1'" in result.stdout


def test_loopback_connections_are_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
    assert socket.getaddrinfo("localhost", 80)


def test_environment_variables_of_the_machine_do_not_reach_the_settings() -> None:
    from api.config import Settings
    from tests.needs import ENVIRONMENT

    assert not [name for name in Settings.model_fields if name.upper() in os.environ.keys() - ENVIRONMENT]
