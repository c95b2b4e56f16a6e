"""The port `Exposition`: what Prometheus reads, in its text format or as OpenMetrics."""

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder


class PrometheusExposition:
    """`refresh` brings the gauges up to date that are read when they are asked for."""

    def __init__(self, registry: CollectorRegistry, refresh: Callable[[], Awaitable[None]]) -> None:
        self.registry = registry
        self.refresh = refresh

    async def text(self, accept: str) -> tuple[bytes, str]:
        """See `Exposition`. The text is put together in a thread: it may have thousands of lines."""
        await self.refresh()
        encode, content_type = choose_encoder(accept)
        return await asyncio.to_thread(encode, self.registry), content_type
