"""The composition root: settings → adapters → services. `build` enters the capabilities; each has a file of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from api.adapters.layer_file import read_layer
from api.adapters.otel.current import current_trace_id
from api.adapters.postgres.conversations.conversations import PostgresConversations
from api.adapters.postgres.conversations.turn_log import PostgresTurnLog
from api.adapters.postgres.jobs.answers import PostgresAnswers
from api.adapters.postgres.jobs.documents import DocumentsAndJobs, StoreWithJobs
from api.capabilities.ab_tests import ab_tests, chat_in_arms
from api.capabilities.answered import answered
from api.capabilities.answers import rag_chat
from api.capabilities.archives import tenant_archives
from api.capabilities.caching import caching
from api.capabilities.dashboards import dashboards
from api.capabilities.database import document_stores, open_database
from api.capabilities.embedding_server import server_probes
from api.capabilities.embeddings import embeddings
from api.capabilities.experiments import PresentSetup, experiments
from api.capabilities.following import follow_active_space, model_location
from api.capabilities.jobs import job_queue, publication_writes, queued_documents
from api.capabilities.language_models import language_models
from api.capabilities.limits import counted_writer, tenant_limits
from api.capabilities.metrics import measuring
from api.capabilities.reranking import chosen_reranker
from api.capabilities.sampling import sampling
from api.capabilities.sources import kept_sources
from api.capabilities.tenants import tenancy
from api.capabilities.tracing import tracing
from api.capabilities.upkeep import quality_reports
from api.config import Settings
from api.http.origins import Origins
from api.routes.annotations import annotations
from api.routes.openai_message import MessagePart, tool_calls
from api.services.ab_tests.service import ABTestService
from api.services.archives.service import TenantArchives
from api.services.chat.completions import Completions
from api.services.chat.models import Models
from api.services.chat.quoting_chat import QuotingChat
from api.services.chat.service import ChatService
from api.services.chat.turn import Chat
from api.services.conversations.chat import ConversationChat
from api.services.conversations.conversations import Conversations
from api.services.conversations.noted import NotingChat
from api.services.conversations.service import ConversationService
from api.services.dashboards.service import DashboardService
from api.services.documents.guides import GuideService
from api.services.documents.service import DocumentService
from api.services.embedding.embeddings import Embedder, Embeddings, SentenceEmbedder
from api.services.experiments.registry import Promotions
from api.services.experiments.service import ExperimentService
from api.services.feedback.service import FeedbackService
from api.services.jobs.service import JobService
from api.services.limits.requests import RequestLimits
from api.services.limits.service import LimitService
from api.services.metrics.exposition import Exposition
from api.services.metrics.history import History
from api.services.quality.service import QualityService
from api.services.rag.checking.support import SupportCheck, SupportChecker
from api.services.rag.quoting.quoter import Quoter, Quotes
from api.services.retrieval.admitted import AdmittedSearch
from api.services.retrieval.reading import reads_with
from api.services.retrieval.reranking import SentenceReranker
from api.services.retrieval.search import Index, Reranker, Search, SearchService
from api.services.sampling.service import SamplingService
from api.services.serving.admission import ConcurrencyLimit, Limiter
from api.services.serving.authentication import Authenticator, NoAuthentication, SharedKey
from api.services.serving.health import HealthService, Probe
from api.services.serving.idempotency import AnswerLog
from api.services.serving.observers import Observer, log_access
from api.services.serving.queue import QuestionQueue, QueueLimiter
from api.services.serving.shutdown import Shutdown
from api.services.sources.service import SourceService
from api.services.tenants.admin import TenantAdmin
from api.services.tenants.background import as_everyone, probed_as_everyone
from api.services.tenants.caching import SeparateCache
from api.services.tenants.callers import EVERYONE, acting_as
from api.services.tenants.permissions import Permissions
from api.services.usage.service import UsageService


class State(TypedDict):
    """What the routes and the middleware find under `request.state`."""

    models: Models
    ab_tests: ABTestService
    chat: Chat
    completions: Completions
    message_parts: list[MessagePart]
    embeddings: Embeddings
    documents: DocumentService
    guides: GuideService
    search: Search
    conversations: ConversationService
    jobs: JobService
    answers: AnswerLog
    quality: QualityService
    sampling: SamplingService
    sources: SourceService
    dashboards: DashboardService
    usage: UsageService
    feedback: FeedbackService
    experiments: ExperimentService
    promotions: Promotions
    setup: PresentSetup
    origins: Origins
    authenticator: Authenticator
    permissions: Permissions
    tenants: TenantAdmin
    archives: TenantArchives
    health: HealthService
    limits: dict[str, Limiter]
    request_limits: RequestLimits
    tenant_limits: LimitService
    observers: list[Observer]
    exposition: Exposition
    history: History
    shutdown: Shutdown


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[State]:
    """Enter every capability, yield the services, leave in reverse order."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        probes: list[Probe] = []
        limits: dict[str, Limiter] = {"requests": ConcurrencyLimit(settings.requests_at_once)}
        background = ExitStack()  # what is entered below acts as the service itself
        background.enter_context(acting_as(EVERYONE))
        stack.callback(background.close)
        message_parts: list[MessagePart] = [tool_calls]

        traces = await enter(tracing(settings))
        models = await enter(language_models(settings))
        probes.append(Probe("language_model", models.summary, required=False))
        generation: Chat = ChatService(
            models,
            system_prompt=settings.system_prompt,
            max_tokens=settings.max_tokens,
        )
        generation = counted_writer(settings, generation, models)
        measured = measuring(settings, trace_id=current_trace_id)
        generation = measured.writer(generation)
        generation = traces.model_chat(generation)
        chat: Chat = QuotingChat(generation, models)
        plain = chat  # what writes, whatever is put around it below
        variants: dict[str, Chat] = {}

        embedder = await enter(embeddings(settings))
        probes.append(Probe("embedding_model", embedder.check))
        probes.extend(server_probes(settings, embedder))

        database = await enter(open_database(settings))
        stores = document_stores(
            database,
            embedder.space,
            model_location(settings),
            publication_writes(settings),
        )
        following = await enter(follow_active_space(settings, embedder, stores.spaces))
        store, reader = stores.store, stores.reader
        measured.embeddings(embedder)
        await enter(measured.reading(settings, database, models))
        probes.append(Probe("postgresql", database.check))
        probes.append(Probe("embedding_space", following.check, required=False))
        tenants = await enter(tenancy(settings, database, authenticator(settings)))
        probes.extend(tenants.probes)

        queue = await enter(
            job_queue(
                settings,
                database,
                embedder,
                store,
                reader,
                traces,
            )
        )
        library = queued_documents(
            settings,
            queue,
            StoreWithJobs(database, stores.store),
            DocumentsAndJobs(database, stores.reader),
        )
        jobs = JobService(queue.jobs, queue.watch, queue.ingestion, library)
        sources = await enter(kept_sources(settings, database, jobs, library))
        probes.extend(queue.probes)
        limits["documents"] = ConcurrencyLimit(settings.documents_at_once)

        questions = QuestionQueue(settings.questions_at_once)
        limits["requests"] = QueueLimiter(limits["requests"], questions)
        sentences: SentenceEmbedder = embedder
        caches = await enter(caching(settings, database, embedder))
        probes.extend(caches.probes)
        caches = measured.caching(caches)
        if caches.cache:
            caches = replace(caches, cache=SeparateCache(caches.cache))
        queries: Embedder = caches.queries()
        index: Index = stores.index
        reranker: Reranker = SentenceReranker(sentences)
        reranker = chosen_reranker(settings, reranker)
        support: SupportCheck = SupportChecker(sentences)
        index = measured.index(index)
        reranker = measured.reranker(reranker)
        queries = traces.embedder(queries)
        index = traces.index(index)
        reranker = traces.reranker(reranker)
        support = traces.support(support)
        search: Search = SearchService(queries, index, reranker, reads_with(embedder.model))
        search = measured.search(search)
        search = traces.search(search)
        quotes: Quotes = Quoter(sentences)
        chat = rag_chat(
            settings,
            chat,
            writer=generation,
            models=models,
            search=search,
            queue=questions,
            quotes=quotes,
            support=support,
            reader=reader,
        )
        chat = caches.answers(chat, models)
        chat = measured.answers(chat)
        plain = measured.answers(plain)
        given = answered(settings, database, measured.metrics)
        chat, plain = given.priced(chat), given.priced(plain)
        message_parts.append(annotations)
        variants[":no-documents"] = plain

        limits = measured.limits(limits)
        stored: Conversations = PostgresConversations(database)
        stored = given.conversations(stored)
        turns = PostgresTurnLog(database, given.writes)
        conversations = ConversationService(stored)
        tests = await enter(ab_tests(database, models))
        chat = chat_in_arms(chat, tests)
        samples = await enter(sampling(settings, database, jobs, measured))
        chat = ConversationChat(chat, turns)
        chat, plain, variants = given.recorded(chat), given.recorded(plain), given.all_recorded(variants)
        chat = traces.answers(chat)
        chat = NotingChat(chat)

        limited = await enter(tenant_limits(settings, database, measured.metrics))
        probes.extend(limited.probes)
        chat, plain = limited.budgeted(chat, models), limited.budgeted(plain, models)
        variants = limited.all_budgeted(variants, models)

        recorded = await enter(experiments(settings, database))
        probes.extend(recorded.probes)
        probes = [probed_as_everyone(probe) for probe in probes]
        measured.refresh.sources = tuple(as_everyone(source) for source in measured.refresh.sources)

        charts = await enter(dashboards(settings, measured.history))
        background.close()
        yield State(
            models=models,
            ab_tests=tests,
            chat=chat,
            completions=Completions(models, chat, plain, variants),
            message_parts=message_parts,
            embeddings=embedder,
            documents=library,
            guides=GuideService(library, settings.guides_path),
            search=AdmittedSearch(search, questions),
            conversations=conversations,
            jobs=jobs,
            answers=PostgresAnswers(database),
            quality=quality_reports(database),
            sampling=samples,
            sources=sources,
            dashboards=charts,
            usage=given.usage(),
            feedback=given.feedback(),
            experiments=recorded.service,
            promotions=recorded.promotions,
            setup=PresentSetup(settings, models, embedder.space),
            origins=Origins(settings.allowed_hosts),
            authenticator=tenants.authenticator,
            permissions=tenants.permissions,
            tenants=tenants.admin,
            archives=tenant_archives(database, embedder, stores.spaces, jobs),
            health=HealthService(read_layer(Path(__file__).parents[1]), probes),
            limits=limits,
            request_limits=limited.requests,
            tenant_limits=limited.service,
            observers=[log_access, *measured.observers()],
            exposition=measured.exposition,
            history=measured.history,
            shutdown=Shutdown(),
        )


def authenticator(settings: Settings) -> Authenticator:
    """The shared key if API_KEY is set, else no authentication."""
    return SharedKey(settings.api_key.get_secret_value()) if settings.api_key else NoAuthentication()
