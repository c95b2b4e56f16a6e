"""FastAPI's own OpenTelemetry: one span per request, in the trace that the client's `traceparent` names.

Without a provider of traces, which `capabilities/tracing.py` sets, FastAPI records nothing.
"""

from collections.abc import MutableMapping
from typing import Any

from fastapi.telemetry import TelemetryConfig

from api.http.paths import route_path

LEFT_OUT = ("/health", "/metrics", "/web")
"""What is asked for every few seconds, and the files of the page."""


def left_out(scope: MutableMapping[str, Any]) -> bool:
    """Whether a request gets no span."""
    path = route_path(scope)
    return any(path == start or path.startswith(f"{start}/") for start in LEFT_OUT)


# A span for each of dependencies, endpoint and serialization would treble the cost and say nothing that ours do not.
# Logs would carry messages of exceptions; metrics are Prometheus's.
TELEMETRY: TelemetryConfig = {
    "operation_spans": False,
    "logs": False,
    "metrics": False,
    "auto_configure": False,
    "exclude": left_out,
}
