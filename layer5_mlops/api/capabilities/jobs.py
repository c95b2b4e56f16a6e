"""Jobs: the queue in front of the documents, and what works through it."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from api.adapters.fetch.http import HttpFetch
from api.adapters.otel.current import current_trace_id
from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.document_store import Write
from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.adapters.postgres.jobs.vectors import PostgresVectors
from api.adapters.postgres.jobs.work import PostgresWork, finish_current, forget_bytes
from api.adapters.postgres.sources.items import delete_previous
from api.capabilities.database import document_stores, open_database
from api.capabilities.documents import document_ingestion
from api.capabilities.embeddings import embeddings
from api.capabilities.following import follow_active_space, model_location
from api.capabilities.logs import log_as_set
from api.capabilities.running import running
from api.capabilities.sampling import sampling_handler
from api.capabilities.sources import sync_handler
from api.capabilities.tracing import Tracing, tracing
from api.capabilities.upkeep import upkeep_handlers
from api.capabilities.worker_metrics import worker_metrics
from api.config import Settings
from api.services.documents.store import DocumentReader, DocumentStore, StoreUnavailable
from api.services.embedding.embeddings import Embeddings
from api.services.jobs.handlers import FetchHandler, IngestHandler, ReportingParser, ReportingStore
from api.services.jobs.health import QueueHealth
from api.services.jobs.ingestion import QueuedDocuments, QueuedIngestion
from api.services.jobs.kinds import JobKind
from api.services.jobs.local import LocalBell
from api.services.jobs.resuming import ResumingEmbedder
from api.services.jobs.stores import Bell
from api.services.jobs.sweeper import Sweeper
from api.services.jobs.watch import JobWatch
from api.services.jobs.worker import Handler, Worker
from api.services.retrieval.unread import ModelLanguages
from api.services.serving.health import Probe

SEEN_SECONDS = 5.0


@dataclass(frozen=True)
class Queue:
    """The queue as the API uses it."""

    jobs: PostgresJobs
    watch: JobWatch
    ingestion: QueuedIngestion
    probes: tuple[Probe, ...]


def publication_writes(settings: Settings) -> list[Write]:
    """What belongs to the publication of a document: the end of the one that it replaces in a source, of its job, and
    of its file if it is not to be kept."""
    ends = [finish_current] if settings.keep_files else [finish_current, forget_bytes]
    return [delete_previous, *ends]


@asynccontextmanager
async def job_queue(
    settings: Settings,
    database: Database,
    embedder: Embeddings,
    store: DocumentStore,
    reader: DocumentReader,
    traces: Tracing,
) -> AsyncIterator[Queue]:
    """The queue, its sweeper and, without Redis, a worker in this process."""
    jobs, work = PostgresJobs(database, traces.job_writes()), PostgresWork(database)
    async with AsyncExitStack() as stack:
        probes = [Probe("jobs", QueueHealth(jobs, workers=settings.redis_url is not None).check, required=False)]
        bell: Bell
        if settings.redis_url is None:
            bell = local = LocalBell()
            worker = await stack.enter_async_context(worker_over(settings, embedder, store, reader, work, traces))
            alone = copy(worker)
            alone.alone = True
            await stack.enter_async_context(running(local.run(worker, alone, settings.jobs_at_once)))
        else:
            from api.adapters.celery.app import CeleryBell  # a third of a second of imports

            bell = celery = CeleryBell(settings.redis_url.get_secret_value())
            stack.callback(celery.close)
            probes.append(Probe("redis", celery.check, required=False))
        watch = JobWatch(jobs)
        await stack.enter_async_context(running(watch.run()))
        await stack.enter_async_context(running(Sweeper(work, bell).run()))
        yield Queue(
            jobs,
            watch,
            QueuedIngestion(jobs, bell),
            tuple(probes),
        )


def queued_documents(settings: Settings, queue: Queue, store: DocumentStore, reader: DocumentReader) -> QueuedDocuments:
    """Upload through the queue, list, read and delete."""
    return QueuedDocuments(
        queue.jobs,
        queue.watch,
        seconds=settings.upload_wait_seconds,
        ingestion=queue.ingestion,
        store=store,
        reader=reader,
        languages=ModelLanguages(settings.embedding_model),
        max_bytes=settings.max_upload_bytes,
    )


@asynccontextmanager
async def worker_over(
    settings: Settings,
    embedder: Embeddings,
    store: DocumentStore,
    reader: DocumentReader,
    work: PostgresWork,
    traces: Tracing,
) -> AsyncIterator[Worker]:
    """Runs jobs with these parts; the parsing processes live as long as the block."""
    async with document_ingestion(settings, embedder, ReportingStore(store)) as ingestion:
        ingestion.parser = ReportingParser(ingestion.parser)
        ingestion.embedder = ResumingEmbedder(embedder, PostgresVectors(work.database))
        traces.ingestion(ingestion)
        ingest = IngestHandler(ingestion, work, reader)
        upkeep = upkeep_handlers(settings, embedder, work.database)
        fetch = HttpFetch(
            allowed=settings.fetch_allowed_hosts,
            max_bytes=settings.max_upload_bytes,
            seconds=settings.fetch_seconds,
        )
        jobs = PostgresJobs(work.database, traces.job_writes())
        handlers: Mapping[JobKind, Handler] = {
            "ingest": ingest,
            "process": ingest,
            "fetch": FetchHandler(fetch, work, ingest),
            **upkeep,
            "quality": sampling_handler(upkeep["quality"], settings, embedder, work.database, reader),
            "sync": sync_handler(settings, jobs, reader, fetch),
        }
        yield Worker(
            work,
            traces.handlers(handlers, work.database),
            lease=settings.job_lease_seconds,
            seconds=settings.job_seconds,
        )


@asynccontextmanager
async def worker_process(settings: Settings, *, alone: bool) -> AsyncIterator[Worker]:
    """A worker in a process of its own, with everything that it needs."""
    log_as_set(settings)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        traces = await enter(tracing(settings, "mystack-worker"))
        embedder = await enter(embeddings(settings))
        database = await enter(open_database(settings))
        stores = document_stores(database, embedder.space, model_location(settings), publication_writes(settings))
        await enter(follow_active_space(settings, embedder, stores.spaces))
        work = PostgresWork(database)
        await enter(running(_seen(work, settings.worker_alive_path)))
        worker = await enter(worker_over(settings, embedder, stores.store, stores.reader, work, traces))
        worker.alone = alone
        await enter(worker_metrics(settings, worker, embedder, database, trace_id=current_trace_id))
        yield worker


async def _seen(work: PostgresWork, alive: Path | None) -> None:
    """Tell that this process is alive, until cancelled."""
    name = f"{socket.gethostname()}:{os.getpid()}"
    try:
        while True:
            with suppress(StoreUnavailable):
                await work.seen(name)
                if alive:
                    await asyncio.to_thread(alive.touch)
            await asyncio.sleep(SEEN_SECONDS)
    finally:
        with suppress(StoreUnavailable):
            await work.gone(name)
