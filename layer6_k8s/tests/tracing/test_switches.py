"""What OpenTelemetry's variables and TRACE_CONTENT switch, and a receiver that is away."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.models.tiny import minilm_folder
from tests.servers.running import eventually
from tests.tracing.conftest import BRIDGE, LAYER, QUESTION, process, service, traceparent, tracing_to
from tests.tracing.receiver import Receiver, receiving

pytestmark = pytest.mark.timeout(300)

EXPORT = """
import json, logging, resource, sys, time
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context
from api.adapters.otel.export import Export
from api.adapters.otel.tracer import OtelTracer
logging.basicConfig()
export = Export("test", "1", content=False)
tracer = OtelTracer(export.tracer)
queue = export.batches._batch_processor._queue
longest = 0
for number in range(int(sys.argv[1])):
    tracer.start("step", {"number": number}).end()
    longest = max(longest, len(queue))
begun = time.perf_counter()
export.stop()
print(json.dumps({"longest": longest, "stop": time.perf_counter() - begun}))
"""


def exported(variables: dict[str, Any], spans: int, log: Path) -> dict[str, Any]:
    """What a process says that makes so many spans."""
    with process([sys.executable, "-c", EXPORT, str(spans)], variables, log) as running:
        assert running.wait(120) == 0, log.read_text()
    return dict(json.loads(log.read_text().splitlines()[-1]))


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a receiver that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


def test_a_receiver_that_does_not_answer_costs_bounded_memory_and_a_bounded_stop(silent: str, tmp_path: Path) -> None:
    said = exported(tracing_to(silent) | {"otel_bsp_max_queue_size": 1000}, 20_000, tmp_path / "log")
    assert said["longest"] == 1000
    assert "the last spans are lost" in (tmp_path / "log").read_text()


def test_all_spans_arrive_at_one_that_does(receiver: Receiver, tmp_path: Path) -> None:
    exported(tracing_to(receiver.url), 1_000, tmp_path / "log")
    assert sorted(span.attributes["number"] for span in receiver.named("step")) == list(range(1_000))


@pytest.mark.parametrize(
    "variables",
    [{"otel_traces_sampler": "always_off"}, {"otel_traces_sampler": "traceidratio", "otel_traces_sampler_arg": 0}],
)
def test_the_sampler_is_chosen_by_its_variable(receiver: Receiver, tmp_path: Path, variables: dict[str, Any]) -> None:
    exported(tracing_to(receiver.url) | variables, 100, tmp_path / "log")
    assert receiver.spans == []


def test_the_name_of_the_service_may_be_given(receiver: Receiver, tmp_path: Path) -> None:
    exported(tracing_to(receiver.url) | {"otel_service_name": "chat-of-the-library"}, 1, tmp_path / "log")
    assert [span.service for span in receiver.spans] == ["chat-of-the-library"]


def test_nothing_is_imported_for_an_export_that_nobody_asked_for() -> None:
    program = (
        "import asyncio, sys\n"
        "from api.capabilities.tracing import tracing\n"
        "from api.config import Settings\n"
        "async def main():\n"
        "    async with tracing(Settings(_env_file=None)) as traces: assert traces.tracer is None\n"
        "asyncio.run(main())\n"
        "assert 'opentelemetry.sdk.trace' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=LAYER, check=True, timeout=60)


def test_content_is_traced_on_request_and_the_caller_s_decision_is_kept(
    needs: Callable[[], dict[str, Any]], receiver: Receiver, tmp_path: Path
) -> None:
    """Nothing is sampled but what a caller has sampled already; the document's job follows its request."""
    given = (
        needs()
        | tracing_to(receiver.url)
        | {"llm_provider": "extractive", "use_rag": True, "embedding_path": minilm_folder()}
    )
    given |= {"use_rag": True, "trace_content": True, "otel_traces_sampler": "parentbased_always_off"}
    with service(given, tmp_path / "log") as client:
        client.post("/documents", files={"file": ("bridge.txt", BRIDGE.encode())}).raise_for_status()
        client.post("/chat", json={"message": QUESTION}).raise_for_status()
        trace_id, header = traceparent()
        headers = {"traceparent": header}
        client.post("/chat", json={"message": QUESTION}, headers=headers).raise_for_status()
        eventually(lambda: [span for span in receiver.spans if span.name == "POST /chat"], 60)
    assert {span.trace_id for span in receiver.spans} == {trace_id}
    (answer,) = receiver.named("invoke_workflow answer")
    asked = json.loads(answer.attributes["gen_ai.input.messages"])
    assert asked == [{"role": "user", "parts": [{"type": "text", "content": QUESTION}]}]
    assert "1946" in answer.attributes["gen_ai.output.messages"]
    (found,) = receiver.named("retrieval documents")
    assert found.attributes["gen_ai.retrieval.query.text"] == QUESTION
    assert json.loads(found.attributes["gen_ai.retrieval.documents"])[0]["content"] in BRIDGE


def test_the_service_answers_as_fast_while_the_receiver_does_not(
    needs: Callable[[], dict[str, Any]], silent: str, tmp_path: Path
) -> None:
    given = needs() | {"llm_provider": "extractive", "use_rag": True, "embedding_path": minilm_folder()}
    times = {}
    for name, variables in (("off", {}), ("silent", tracing_to(silent))):
        with service(given | variables, tmp_path / name) as client:
            client.post("/search", json={"query": QUESTION}).raise_for_status()
            times[name] = sorted(seconds(lambda: client.post("/search", json={"query": QUESTION})) for _ in range(100))
    # A request that waited for the receiver would take the 10 s of its time-out.
    assert times["silent"][-1] < times["off"][-1] + 5
    assert times["silent"][50] < 3 * times["off"][50]


def seconds(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    assert call().status_code == 200
    return time.perf_counter() - begun
