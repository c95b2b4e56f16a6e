"""OpenTelemetry's own environment variables decide whether traces are exported."""

import os


def exports_traces() -> bool:
    """Whether an address for traces is set, and nothing switches them off."""
    if os.getenv("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if os.getenv("OTEL_TRACES_EXPORTER", "otlp").strip().lower() == "none":
        return False
    return any(map(os.getenv, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")))
