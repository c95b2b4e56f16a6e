"""Traces: spans around requests, stages of an answer, and jobs, if OpenTelemetry's variables name a receiver."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from api.adapters.layer_file import read_layer
from api.adapters.otel.environment import exports_traces
from api.adapters.otel.tracer import OtelTracer
from api.adapters.postgres.database import Database
from api.adapters.postgres.jobs.jobs import JobWrite
from api.adapters.postgres.jobs.traces import origin_of, with_traceparent
from api.config import Settings
from api.services.chat.turn import Chat
from api.services.documents.ingestion import Ingestion
from api.services.embedding.embeddings import Embedder
from api.services.jobs.kinds import JobKind
from api.services.jobs.worker import Handler
from api.services.rag.checking.support import SupportCheck
from api.services.retrieval.search import Index, Reranker, Search
from api.services.tracing.chat import TracedAnswers, TracedChat
from api.services.tracing.jobs import TracedHandler, TracedParser, TracedStore
from api.services.tracing.retrieval import TracedEmbedder, TracedIndex, TracedReranker, TracedSearch
from api.services.tracing.support import TracedSupport
from api.services.tracing.tracer import Tracer


@dataclass(frozen=True)
class Tracing:
    """Puts spans around services; without a tracer it leaves them as they are. `model`: the name of the embedder."""

    tracer: Tracer | None = None
    model: str = ""

    def model_chat(self, chat: Chat) -> Chat:
        return TracedChat(chat, self.tracer) if self.tracer else chat

    def answers(self, chat: Chat) -> Chat:
        return TracedAnswers(chat, self.tracer) if self.tracer else chat

    def search(self, search: Search) -> Search:
        return TracedSearch(search, self.tracer) if self.tracer else search

    def embedder(self, embedder: Embedder) -> Embedder:
        return TracedEmbedder(embedder, self.model, self.tracer) if self.tracer else embedder

    def index(self, index: Index) -> Index:
        return TracedIndex(index, self.tracer) if self.tracer else index

    def reranker(self, reranker: Reranker) -> Reranker:
        return TracedReranker(reranker, self.tracer) if self.tracer else reranker

    def support(self, support: SupportCheck) -> SupportCheck:
        return TracedSupport(support, self.tracer) if self.tracer else support

    def ingestion(self, ingestion: Ingestion) -> None:
        """Put spans around the stages in which a document is read."""
        if self.tracer:
            ingestion.parser = TracedParser(ingestion.parser, self.tracer)
            ingestion.embedder = self.embedder(ingestion.embedder)
            ingestion.store = TracedStore(ingestion.store, self.tracer)

    def job_writes(self) -> Sequence[JobWrite]:
        """What is stored with a job: the trace that it continues."""
        return [with_traceparent(self.tracer.traceparent)] if self.tracer else []

    def handlers(self, handlers: Mapping[JobKind, Handler], database: Database) -> Mapping[JobKind, Handler]:
        if self.tracer is None:
            return handlers
        origin = origin_of(database)
        return {kind: TracedHandler(handler, self.tracer, origin) for kind, handler in handlers.items()}


@asynccontextmanager
async def tracing(settings: Settings, service: str = "mystack") -> AsyncIterator[Tracing]:
    """Export traces until the end of the block, under the name of the service unless OTEL_SERVICE_NAME gives one."""
    if not exports_traces():
        yield Tracing()
        return
    from api.adapters.otel.export import Export  # a third of a second of imports

    version = read_layer(Path(__file__).parents[2]).version
    export = Export(service, version, content=settings.trace_content)
    try:
        yield Tracing(OtelTracer(export.tracer, content=settings.trace_content), settings.embedding_model)
    finally:
        await asyncio.to_thread(export.stop)
