"""The metrics of a worker process, on a port of its own."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from api.adapters.postgres.database import Database
from api.adapters.prometheus.port import served
from api.adapters.prometheus.registry import TraceId, no_trace
from api.capabilities.metrics import connections, registry
from api.capabilities.running import running
from api.config import Settings
from api.services.embedding.embeddings import Embeddings
from api.services.jobs.worker import Worker
from api.services.metrics.embedding import MeasuredEncoders
from api.services.metrics.history import SAMPLE_SECONDS
from api.services.metrics.refreshing import Refresh, free_space
from api.services.metrics.work import CountedWork

logger = logging.getLogger("mystack.metrics")


@asynccontextmanager
async def worker_metrics(
    settings: Settings, worker: Worker, embedder: Embeddings, database: Database, *, trace_id: TraceId = no_trace
) -> AsyncIterator[None]:
    """Measure the worker, and serve what was measured, if WORKER_METRICS_PORT is set.

    The worker `alone` serves nothing: its parent has the port.
    """
    port = settings.worker_metrics_port
    if not settings.metrics or port is None or worker.alone:
        yield
        return
    metrics = registry(trace_id)
    worker.jobs = CountedWork(worker.jobs, metrics)
    embedder.encoders = MeasuredEncoders(embedder.encoders, metrics)
    refresh = Refresh([connections(metrics, database), free_space(metrics, Path.cwd())])
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(served(metrics.registry, settings.worker_metrics_address, port))
        except OSError as error:  # another worker of this machine has it, and jobs matter more
            logger.warning("the worker serves no metrics: port %d cannot be used (%s)", port, error)
        await stack.enter_async_context(running(_refreshed(refresh)))
        yield


async def _refreshed(refresh: Refresh) -> None:
    """Set the gauges of a port that cannot wait for them."""
    while True:
        await refresh()
        await asyncio.sleep(SAMPLE_SECONDS)
