"""Metrics of HTTP requests: an observer of exchanges, and a count of those in work."""

from api.services.metrics.metrics import Metrics
from api.services.metrics.names import HTTP_REQUEST_SECONDS, HTTP_REQUESTS, REQUESTS_RUNNING
from api.services.serving.admission import Limiter
from api.services.serving.observers import Exchange, Observer

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
"""Any other method: a client may send every word as one."""


def counting(metrics: Metrics) -> Observer:
    """An observer that counts exchanges and their seconds."""

    def count(exchange: Exchange) -> None:
        method = exchange.method if exchange.method in METHODS else OTHER
        metrics.count(HTTP_REQUESTS, method=method, route=exchange.route, status=str(exchange.status))
        metrics.observe(HTTP_REQUEST_SECONDS, exchange.seconds, method=method, route=exchange.route)

    return count


class RequestsRunning:
    """How many requests are in work, in all limits together."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self.number = 0
        self.add(0)

    def add(self, change: int) -> None:
        self.number += change
        self.metrics.gauge(REQUESTS_RUNNING, self.number)


class CountedLimiter:
    """The port `Limiter`, over another one, which counts who is inside."""

    def __init__(self, limiter: Limiter, running: RequestsRunning) -> None:
        self.limiter = limiter
        self.running = running

    async def acquire(self) -> None:
        """See `Limiter`."""
        await self.limiter.acquire()
        self.running.add(1)

    def release(self) -> None:
        """See `Limiter`."""
        self.running.add(-1)
        self.limiter.release()
