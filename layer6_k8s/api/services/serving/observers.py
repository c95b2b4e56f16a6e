"""Observers see every exchange once it has ended. The access log is one; metrics would be another."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

logger = logging.getLogger("mystack.access")


@dataclass(frozen=True)
class Exchange:
    """A request and how it was answered.

    `route` is the template, such as `/documents/{document_id}`, or "unmatched"; `path` is the path as sent, still
    percent-encoded: decoded, it could contain a line break and forge a log line. `status` is 499 if the client
    disconnected before the response began, and 0 if the request was cancelled without one; `seconds` include the whole
    stream.
    """

    method: str
    route: str
    path: str
    status: int
    seconds: float
    request_id: str


Observer = Callable[[Exchange], None]
"""Runs in the event loop after the response: it must be quick and must not raise."""


def log_access(exchange: Exchange) -> None:
    """One line per request."""
    if logger.isEnabledFor(logging.INFO):
        ms = exchange.seconds * 1000
        values = (exchange.method, exchange.path, exchange.status, ms)
        logger.info("%s %s %d %.1f ms", *values, extra=vars(exchange))
