"""A port of its own for the metrics of a process that serves no HTTP otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server


@contextmanager
def served(registry: CollectorRegistry, address: str, port: int) -> Iterator[int]:
    """Serve GET /metrics in a thread; gives the port: a free one for port 0. Raises `OSError` if it is taken."""
    server, thread = start_http_server(port, address, registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
