"""The port `Tracer`, over OpenTelemetry's API."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from api.services.tracing import names
from api.services.tracing.tracer import Attributes, Kind

TRACEPARENT = "traceparent"
KINDS: Mapping[Kind, SpanKind] = {
    "internal": SpanKind.INTERNAL,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
}
_w3c = TraceContextTextMapPropagator()


class OtelSpan:
    """The port `Span`. `content`: whether texts are recorded."""

    def __init__(self, span: trace.Span, *, content: bool) -> None:
        self.span = span
        self.content = content and span.is_recording()

    def set(self, attributes: Attributes) -> None:
        """See `Span`."""
        self.span.set_attributes(_given(attributes))

    def rename(self, name: str) -> None:
        """See `Span`."""
        self.span.update_name(name)

    def show(self, name: str, content: Callable[[], str]) -> None:
        """See `Span`."""
        if self.content:
            self.span.set_attribute(name, content())

    def current(self) -> AbstractContextManager[object]:
        """See `Span`."""
        return trace.use_span(self.span, record_exception=False, set_status_on_exception=False)

    def end(self, error: BaseException | None = None) -> None:
        """See `Span`. A cancelled task or a closed generator is no error."""
        if isinstance(error, Exception):
            self.span.set_attribute(names.ERROR, type(error).__name__)
            self.span.set_status(StatusCode.ERROR)
        elif error is not None:
            self.span.set_attribute(names.STOPPED, True)
        self.span.end()


class OtelTracer:
    """The port `Tracer`, over the process's provider. `content`: whether texts are recorded."""

    def __init__(self, tracer: trace.Tracer, *, content: bool = False) -> None:
        self.tracer = tracer
        self.content = content

    def start(
        self, name: str, attributes: Attributes, *, kind: Kind = "internal", origin: str | None = None
    ) -> OtelSpan:
        """See `Tracer`. A malformed `origin` is ignored."""
        context, links = _continued(origin) if origin else (None, [])
        span = self.tracer.start_span(name, context, KINDS[kind], _given(attributes), links)
        return OtelSpan(span, content=self.content)

    def traceparent(self) -> str | None:
        """See `Tracer`."""
        carrier: dict[str, str] = {}
        _w3c.inject(carrier)
        return carrier.get(TRACEPARENT)


def _continued(origin: str) -> tuple[Context, list[Link]]:
    context = _w3c.extract({TRACEPARENT: origin}, Context())
    known = trace.get_current_span(context).get_span_context()
    return context, [Link(known)] if known.is_valid else []


def _given(attributes: Attributes) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
