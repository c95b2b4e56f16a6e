"""The span of a job, and the lines that it logs, without a database."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.adapters.otel.current import current_ids, current_trace_id
from api.adapters.otel.tracer import OtelTracer
from api.adapters.structlog.json_lines import json_formatter
from api.capabilities.logs import request_and_job
from api.services.documents.ingestion import Upload
from api.services.documents.store import StoreUnavailable
from api.services.jobs.jobs import Claim, JobError, MoreToDo
from api.services.jobs.worker import Worker
from api.services.serving.noted import noted_ids
from api.services.tracing.jobs import TracedHandler
from api.services.tracing.tracer import spanned

TRACE, PARENT = "a" * 32, "b" * 16
ORIGIN = f"00-{TRACE}-{PARENT}-01"


class OneJob:
    """The port `WorkStore`, with one job in it."""

    def __init__(self) -> None:
        self.id = uuid4()
        self.errors: list[JobError] = []

    async def claim(self, lease: float, *, alone: bool = False) -> Claim | None:
        return Claim(self.id, uuid4(), "quality", Upload(self.id, "data quality", {}), 1, 0)

    async def renew(self, claim: Claim, lease: float, stage: str, progress: float) -> bool:
        return True

    async def finish(self, claim: Claim, document_id: UUID | None) -> None: ...

    async def release(self, claim: Claim) -> None: ...

    async def fail(self, claim: Claim, error: JobError, *, again_in: float | None) -> None:
        self.errors.append(error)

    async def file(self, document_id: UUID) -> Any: ...

    async def keep(self, claim: Claim, filename: str, data: bytes, sha256: str) -> UUID:
        raise NotImplementedError

    async def seen(self, worker: str) -> None: ...

    async def gone(self, worker: str) -> None: ...


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(spans: InMemorySpanExporter) -> OtelTracer:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return OtelTracer(provider.get_tracer("test"))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the loggers of the service write, as JSON."""
    text, ours = io.StringIO(), logging.getLogger("mystack")
    handler = logging.StreamHandler(text)
    handler.setFormatter(json_formatter(request_and_job, noted_ids, current_ids))
    ours.addHandler(handler)
    yield text
    ours.removeHandler(handler)


async def run(tracer: OtelTracer, error: Exception | None, *, origin: Any = ORIGIN) -> OneJob:
    """Run a job that ends by this error."""

    async def handle(claim: Claim) -> UUID | None:
        if error:
            raise error
        return None

    async def origin_of(job_id: UUID) -> str | None:
        if isinstance(origin, Exception):
            raise origin
        return None if origin is None else str(origin)

    job = OneJob()
    worker = Worker(job, {"quality": TracedHandler(handle, tracer, origin_of)}, lease=30, seconds=30)
    await worker.run()
    return job


async def test_the_line_of_a_job_s_error_names_the_job_and_its_trace(
    tracer: OtelTracer, spans: InMemorySpanExporter, log: io.StringIO
) -> None:
    job = await run(tracer, ValueError("what the document says"))
    line = json.loads(log.getvalue())
    assert (line["level"], line["logger"], line["job_id"]) == ("error", "mystack.jobs", str(job.id))
    assert line["trace_id"] == TRACE
    assert line["exception"].endswith("ValueError: what the document says")
    (span,) = spans.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert "says" not in span.to_json(), "the message of an error may quote a document"


async def test_a_job_that_is_continued_later_has_not_failed(tracer: OtelTracer, spans: InMemorySpanExporter) -> None:
    await run(tracer, MoreToDo())
    (span,) = spans.get_finished_spans()
    assert span.status.is_ok or span.status.is_unset
    assert "error.type" not in (span.attributes or {})


@pytest.mark.parametrize("origin", [None, "nonsense", StoreUnavailable()])
async def test_a_job_without_a_trace_begins_one(tracer: OtelTracer, spans: InMemorySpanExporter, origin: Any) -> None:
    job = await run(tracer, None, origin=origin)
    assert job.errors == []
    (span,) = spans.get_finished_spans()
    assert (span.parent, list(span.links)) == (None, [])


def test_the_id_of_the_current_trace_is_for_exemplars(tracer: OtelTracer) -> None:
    assert current_trace_id() is None
    with spanned(tracer, "step", {}, origin=ORIGIN):
        assert current_trace_id() == TRACE
        assert (tracer.traceparent() or "").startswith(f"00-{TRACE}-")
    assert current_trace_id() is None


def test_a_trace_that_is_not_exported_is_no_exemplar(tracer: OtelTracer) -> None:
    with spanned(tracer, "step", {}, origin=ORIGIN.removesuffix("1") + "0"):
        assert current_trace_id() is None
        assert current_ids()["trace_id"] == TRACE
