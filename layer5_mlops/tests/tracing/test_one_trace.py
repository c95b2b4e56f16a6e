"""One trace from the request to its job, in two processes: over Celery, through the row of the job."""

import re

import pytest

from tests.servers.running import eventually
from tests.tracing.conftest import ANSWER, BRIDGE, QUESTION, Traced
from tests.tracing.receiver import Received

pytestmark = pytest.mark.timeout(300)

EMBEDDINGS = "embeddings sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def upload(traced: Traced) -> list[Received]:
    """The spans of the trace of an upload."""
    trace_id, _ = traced.upload(BRIDGE, "bridge.txt")
    eventually(lambda: {"process ingest", "POST /documents/upload"} <= names(traced.receiver.trace(trace_id)), 60)
    return traced.receiver.trace(trace_id)


@pytest.fixture(scope="module")
def answer(traced: Traced, upload: list[Received]) -> list[Received]:
    """The spans of the trace of a question that the model answers."""
    trace_id, answer = traced.ask(store=True)
    assert answer["response"] == ANSWER
    eventually(lambda: "POST /chat" in names(traced.receiver.trace(trace_id)), 60)
    return traced.receiver.trace(trace_id)


def names(spans: list[Received]) -> set[str]:
    return {span.name for span in spans}


def only(spans: list[Received], name: str) -> Received:
    (span,) = [span for span in spans if span.name == name]
    return span


def children(spans: list[Received], name: str) -> set[str]:
    parent = only(spans, name)
    return {span.name for span in spans if span.parent_id == parent.span_id}


def test_a_job_continues_the_trace_of_its_request_and_is_linked_to_it(upload: list[Received]) -> None:
    request, job = only(upload, "POST /documents/upload"), only(upload, "process ingest")
    assert (request.service, request.scope) == ("mystack", "fastapi")
    assert (job.service, job.scope) == ("mystack-worker", "mystack")
    assert job.links == [request.span_id]
    assert job.parent_id == request.span_id
    assert request.parent_id, "the client's traceparent is honoured"
    assert not job.failed


def test_the_stages_of_reading_a_document_are_spans_of_its_job(upload: list[Received]) -> None:
    assert children(upload, "process ingest") == {"parse", EMBEDDINGS, "store"}


def test_the_stages_of_an_answer_are_spans_of_its_request(answer: list[Received]) -> None:
    assert children(answer, "POST /chat") == {"invoke_workflow answer"}
    assert children(answer, "invoke_workflow answer") == {"retrieval documents", "chat scripted", "verify"}
    assert children(answer, "retrieval documents") == {EMBEDDINGS, "search", "rerank"}


def test_spans_of_generative_ai_have_the_names_of_the_convention(answer: list[Received]) -> None:
    written = only(answer, "chat scripted").attributes
    assert written["gen_ai.operation.name"] == "chat"
    assert (written["gen_ai.request.model"], written["gen_ai.provider.name"]) == ("scripted", "openai")
    assert written["gen_ai.usage.input_tokens"] > 0
    assert written["gen_ai.usage.output_tokens"] > 0
    assert written["gen_ai.response.finish_reasons"] == ["stop"]
    assert written["gen_ai.response.time_to_first_chunk"] > 0
    found = only(answer, "retrieval documents").attributes
    assert (found["gen_ai.data_source.id"], found["mystack.hits"]) == ("documents", 1)
    whole = only(answer, "invoke_workflow answer").attributes
    assert whole["mystack.grounded"] is True
    assert len(whole["gen_ai.conversation.id"]) == 36
    assert whole["mystack.message.id"]


def test_traces_contain_no_text(traced: Traced, answer: list[Received], upload: list[Received]) -> None:
    trace = traced.client.get("/documents", params={"filename": "Svindersund"})
    assert trace.status_code == 200
    eventually(lambda: traced.receiver.named("GET /documents"), 60)
    said = str(traced.receiver.spans)
    for text in (QUESTION, ANSWER, "1946", "Karin Holm", "Svindersund", "bridge.txt"):
        assert not re.search(rf"\b{re.escape(text)}\b", said)  # "1946" may be a part of a duration


def test_health_checks_and_files_of_the_page_get_no_span(traced: Traced, answer: list[Received]) -> None:
    traced.client.get("/web/main.js")
    traced.client.get("/health")
    trace_id, _ = traced.ask()
    eventually(lambda: traced.receiver.trace(trace_id), 60)
    requests = {span.attributes["url.path"] for span in traced.receiver.spans if span.scope == "fastapi"}
    assert not [path for path in requests if path.startswith(("/health", "/web"))]


def test_a_failed_step_is_recorded_by_the_class_of_its_error(traced: Traced, answer: list[Received]) -> None:
    traced.model.says(status=500)
    try:
        trace_id, _ = traced.ask("What is the weather like?", status=503, use_rag=False)
    finally:
        traced.model.says(ANSWER)
    eventually(lambda: "POST /chat" in names(traced.receiver.trace(trace_id)), 60)
    written = next(span for span in traced.receiver.trace(trace_id) if span.name.startswith("chat"))
    assert written.failed
    assert written.attributes["error.type"] == "ModelUnavailable"
