"""`mystack run` starts a layer, prints its URL, and stops everything it started."""

import os
import re
import signal
import socket
import sys
from pathlib import Path

import httpx2
import pytest

from tests.cli.processes import alive, descendants, run, started, until

RUN = ["-m", "mystack", "run", "1", "--port", "0"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_prints_the_url_and_stops_all_its_processes(number: signal.Signals) -> None:
    with started(RUN) as program:
        program.says("Ctrl-C stops")
        url = re.search(r"Page +(http://127\.0\.0\.1:\d+)/", program.text)[1]  # type: ignore[index]
        assert httpx2.get(url + "/health").json()["layer"] == 1
        assert "Language model" in program.text
        assert f"Try: curl -s {url}/chat" in program.text
        children = descendants(program.process.pid)
        assert children
        assert program.send(number) == 0
        assert "Traceback" not in program.text
        assert not [pid for pid in children if alive(pid)]


def test_a_killed_run_leaves_no_child() -> None:
    with started(RUN) as program:
        program.says("Ctrl-C stops")
        children = descendants(program.process.pid)
        program.send(signal.SIGKILL)
        until(lambda: not [pid for pid in children if alive(pid)], 15, "the children have ended")


def test_a_layer_that_crashes_ends_the_run() -> None:
    with started(RUN) as program:
        program.says("Ctrl-C stops")
        (layer,) = descendants(program.process.pid)
        os.kill(layer, signal.SIGKILL)
        assert program.process.wait(20) == 1
        assert "layer 1 ended unexpectedly (status -9)" in program.text


def refusal(*arguments: str, **env: str) -> str:
    """The refusal of `mystack ARGUMENTS…`: one sentence, exit status 2."""
    result = run([sys.executable, "-m", "mystack", *arguments], env=os.environ | env)
    assert result.returncode == 2, result
    assert "Traceback" not in result.stderr
    return result.stderr.strip()


def test_a_taken_port_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal("run", "1", "--port", str(port))
    assert said == f"mystack: port {port} on 127.0.0.1 is already in use; choose another with PORT=… (--port)"


def test_an_address_of_another_machine_is_one_sentence() -> None:
    said = refusal("run", "1", "--host", "192.0.2.1")
    assert said == "mystack: 192.0.2.1 is not an address of this machine; choose another with --host"


def test_an_unknown_layer_is_one_sentence() -> None:
    assert re.fullmatch(r"mystack: there is no layer 99; this checkout has 1\b.*", refusal("run", "99"))


def test_an_invalid_setting_is_named_without_its_value() -> None:
    said = refusal("run", "1", "--port", "0", LLM_PROVIDER="secret-nonsense")
    assert "setting LLM_PROVIDER" in said
    assert "secret-nonsense" not in said


def test_a_layer_without_stores_creates_no_data_folder(tmp_path: Path) -> None:
    with started([*RUN, "--data", str(tmp_path / "data")]) as program:
        program.says("Ctrl-C stops")
        program.send(signal.SIGINT)
    assert not (tmp_path / "data").exists()
