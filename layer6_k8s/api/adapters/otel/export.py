"""The export of spans: OTLP over HTTP, as OpenTelemetry's environment variables say.

Spans are sent by a thread of their own, in batches, from a queue of OTEL_BSP_MAX_QUEUE_SIZE (2048) spans; when it is
full, the oldest are dropped. So a receiver that is slow, or away, costs neither a request's time nor memory.
"""

import logging
import threading

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from api.services.tracing import names

FLUSH_SECONDS = 3.0
"""Longest wait, when the service stops, for the spans that are not sent yet."""
QUERY = "url.query"
HIDDEN = "REDACTED"

logger = logging.getLogger("mystack.tracing")


class Export:
    """Exports the spans of this process until `stop`, ours and FastAPI's; `tracer` is the source of ours.

    A process has one provider, which cannot be replaced; one that is there already gets our exporter, too. `content`:
    whether texts may be exported.
    """

    def __init__(self, service: str, version: str, *, content: bool) -> None:
        provider = trace.get_tracer_provider()
        if not isinstance(provider, TracerProvider):
            provider = TracerProvider(resource=_resource(service, version), shutdown_on_exit=False)
            if not content:
                provider.add_span_processor(WithoutQueries())
            trace.set_tracer_provider(provider)
        self.batches = BatchSpanProcessor(OTLPSpanExporter())
        provider.add_span_processor(self.batches)
        self.tracer = provider.get_tracer(names.SCOPE, version, schema_url=names.SCHEMA_URL)

    def stop(self) -> None:
        """Send what is left, for a limited time: a service that stops does not wait for a receiver that is away."""
        sending = threading.Thread(target=self.batches.shutdown, name="last spans", daemon=True)
        sending.start()
        sending.join(FLUSH_SECONDS)
        if sending.is_alive():
            logger.warning("the receiver of traces does not answer: the last spans are lost")


class WithoutQueries(SpanProcessor):
    """Hides the values in the addresses of requests, which may be what somebody searched for."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        query = span.attributes.get(QUERY) if span.attributes else None
        if isinstance(query, str):
            parameters = [part.partition("=")[0] for part in query.split("&")]
            span.set_attribute(QUERY, "&".join(f"{name}={HIDDEN}" for name in parameters))


def _resource(service: str, version: str) -> Resource:
    """Who sends the spans. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word."""
    given = Resource.create()
    named = not str(given.attributes[SERVICE_NAME]).startswith("unknown_service")
    ours = Resource({SERVICE_VERSION: version, SERVICE_NAME: given.attributes[SERVICE_NAME] if named else service})
    return given.merge(ours)
