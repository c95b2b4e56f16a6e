"""The ids of the current span, for what is recorded beside traces."""

from collections.abc import Mapping

from opentelemetry import trace


def current_trace_id() -> str | None:
    """The id of the current trace, 32 hexadecimal digits, if it is exported: a link from a metric leads somewhere."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid and context.trace_flags.sampled else None


def current_ids() -> Mapping[str, str]:
    """The ids for a line of the log. A trace that is not exported is named, too: its caller may have exported it."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": trace.format_trace_id(context.trace_id), "span_id": trace.format_span_id(context.span_id)}
