"""Quality in production: the job that looks at answers again, and what it found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from api.adapters.postgres.database import Database
from api.adapters.postgres.sampling.profiles import PostgresProfiles
from api.adapters.postgres.sampling.samples import PostgresSamples
from api.adapters.postgres.tenants.directory import PostgresDirectory
from api.capabilities.answers import rag_chat
from api.capabilities.database import document_stores
from api.capabilities.language_models import language_models
from api.capabilities.metrics import Measuring
from api.capabilities.running import running
from api.config import Settings
from api.services.chat.quoting_chat import QuotingChat
from api.services.chat.service import ChatService
from api.services.documents.store import DocumentReader
from api.services.embedding.embeddings import Embeddings
from api.services.jobs.service import JobService
from api.services.jobs.worker import Handler
from api.services.rag.checking.support import SupportChecker
from api.services.rag.quoting.quoter import Quoter
from api.services.retrieval.reading import reads
from api.services.retrieval.reranking import SentenceReranker
from api.services.retrieval.search import SearchService
from api.services.sampling.checking import Checker
from api.services.sampling.profiles import Profiler
from api.services.sampling.service import SamplingHandler, SamplingService
from api.services.serving.cached_call import CachedCall
from api.services.serving.queue import QuestionQueue
from api.services.tenants.each import SamplingOfTenants

FOUND_SECONDS = 60.0


def sampling_handler(
    data: Handler, settings: Settings, embedder: Embeddings, database: Database, reader: DocumentReader
) -> SamplingHandler:
    """What runs `quality` jobs; `data` runs those about the data."""
    profiler = Profiler(PostgresProfiles(database), embedder)
    checking = partial(checker, settings, embedder, database, reader)
    return SamplingHandler(data, PostgresSamples(database), profiler, checking, settings.quality_sample)


@asynccontextmanager
async def checker(
    settings: Settings, embedder: Embeddings, database: Database, reader: DocumentReader
) -> AsyncIterator[Checker]:
    """Answers as the service is set, outside of any A/B test. A model inside the service is not loaded twice: with
    `huggingface`, nothing is answered again."""
    support = SupportChecker(embedder)
    if settings.llm_provider == "huggingface":
        yield Checker(reader, support, None)
        return
    async with language_models(settings) as models:
        writer = ChatService(models, system_prompt=settings.system_prompt, max_tokens=settings.max_tokens)
        chat = rag_chat(
            settings,
            QuotingChat(writer, models),
            writer=writer,
            models=models,
            search=SearchService(
                embedder,
                document_stores(database, embedder.space).index,
                SentenceReranker(embedder),
                reads(settings.embedding_model),
            ),
            queue=QuestionQueue(1),
            quotes=Quoter(embedder),
            support=support,
            reader=reader,
        )
        yield Checker(reader, support, chat)


@asynccontextmanager
async def sampling(
    settings: Settings, database: Database, jobs: JobService, measured: Measuring
) -> AsyncIterator[SamplingService]:
    """The service; beside the block, it starts jobs. What was found is read once a minute for the metrics."""
    service = SamplingOfTenants(
        PostgresSamples(database),
        PostgresProfiles(database),
        jobs,
        settings.quality_sample,
        directory=PostgresDirectory(database),
    )
    found = CachedCall(partial(service.measure, measured.metrics), FOUND_SECONDS)
    measured.refresh.sources = (*measured.refresh.sources, found.get)
    async with running(service.run()):
        yield service
