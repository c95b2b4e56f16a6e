"""Logs as JSON: each line an object, with the ids of what was going on."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.servers.running import eventually
from tests.tracing.conftest import ANSWER, QUESTION, Traced, traceparent

pytestmark = pytest.mark.timeout(300)


def lines(traced: Traced, *, worker: bool = False) -> list[dict[str, Any]]:
    """Every line of the log; fails if one is not JSON."""
    log = traced.worker_log if worker else traced.log
    return [json.loads(line) for line in log.read_text().splitlines()]


def access(traced: Traced, trace_id: str) -> dict[str, Any]:
    """The line of the access log of a trace."""
    found: list[dict[str, Any]] = []

    def written() -> bool:
        found[:] = [
            line for line in lines(traced) if line.get("trace_id") == trace_id and line["logger"] == "mystack.access"
        ]
        return bool(found)

    eventually(written)
    return found[0]


def test_a_request_is_one_line_with_the_ids_of_request_trace_and_conversation(traced: Traced) -> None:
    trace_id, answer = traced.ask(on_no_evidence="answer")
    line = access(traced, trace_id)
    assert (line["level"], line["method"], line["route"], line["status"]) == ("info", "POST", "/chat", 200)
    assert line["request_id"] == answer["request_id"]
    assert line["conversation_id"] == answer["conversation_id"]
    assert len(line["span_id"]) == 16
    assert line["seconds"] > 0
    assert line["time"].endswith("Z")
    assert line["message"].startswith("POST /chat 200 ")


def test_ids_of_one_request_are_not_in_the_lines_of_another(traced: Traced) -> None:
    traced.ask(on_no_evidence="answer")
    trace_id, header = traceparent()
    traced.client.get("/conversations", headers={"traceparent": header})
    assert "conversation_id" not in access(traced, trace_id)


def test_the_server_s_own_lines_are_json_too(traced: Traced) -> None:
    address = urlsplit(str(traced.client.base_url))
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as connection:
        connection.sendall(b"NOT HTTP\r\n\r\n")
        connection.recv(1000)
    eventually(lambda: [line for line in lines(traced) if line["logger"] == "uvicorn.error"])


def test_logs_contain_no_text(traced: Traced) -> None:
    traced.ask(on_no_evidence="answer")
    traced.client.get("/documents", params={"filename": "Svindersund"})
    written = traced.log.read_text() + traced.worker_log.read_text()
    for text in (QUESTION, ANSWER, "Svindersund"):
        assert text not in written
