"""A short form of `mystack load`: at three times the capacity some requests are rejected, and the test passes."""

from pathlib import Path

from mystack.bench.layer1 import listening
from mystack.fresh import fresh_server
from mystack.load import overload, streams
from mystack.load.app import CONCURRENT_REQUESTS, thinking
from mystack.load.calls import Call, call
from mystack.project import find_layer

SECONDS = 2.0
RATE = 3 * CONCURRENT_REQUESTS / 0.1


def test_excess_requests_are_rejected_and_all_others_answered(tmp_path: Path) -> None:
    with (
        listening("model server", "mystack.bench.model", tmp_path, tmp_path / "model.log") as model,
        fresh_server(
            find_layer(1),
            {
                "LLM_PROVIDER": "ollama",
                "OLLAMA_URL": model,
                "LLM_AT_ONCE": str(CONCURRENT_REQUESTS),
                "REQUESTS_AT_ONCE": str(CONCURRENT_REQUESTS),
            },
        ) as server,
    ):
        results = call(server.url, thinking(int(RATE * SECONDS)), rate=RATE)
        afterwards = call(server.url, thinking(20), users=2)
        held = {"message": "Hello", "model": "held"}
        left = streams.left_behind(server, model, "disconnects", streams.held, held, streams=10, seconds=0.2)
    measured = {check.name: check.measured[0] for check in overload.refusals(results)}
    assert 0.2 < measured["rejected, share"] < 0.95
    assert measured["rejected without Retry-After"] == 0
    assert measured["neither answered nor rejected"] == 0
    assert [result.status for result in afterwards] == [200] * 20
    assert [check.name for check in left if check.passed is False] == []


def test_a_call_without_a_response_has_status_0(tmp_path: Path) -> None:
    with listening("model server", "mystack.bench.model", tmp_path, tmp_path / "model.log") as url:
        pass
    [result] = call(url, [Call("/chat", "{}")], users=1)
    assert result.status == 0
