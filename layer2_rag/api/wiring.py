"""The composition root: settings → adapters → services. Nothing else imports an adapter."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

import httpx2
from qdrant_client import QdrantClient

from api.adapters.embedding.openvino import OpenVinoEncoder
from api.adapters.embedding.sentence_transformers import SentenceTransformersEncoder
from api.adapters.layer_file import read_layer
from api.adapters.llm.extractive import ExtractiveModel
from api.adapters.llm.guarded import Breaker, GuardedModel
from api.adapters.llm.huggingface import HuggingFaceModel
from api.adapters.llm.ollama import OllamaModel
from api.adapters.mongo.document_reader import MongoDocumentReader
from api.adapters.mongo.records import MongoRecords
from api.adapters.mongo.rows import mongo_client
from api.adapters.parsing.sandbox import SandboxParser
from api.adapters.qdrant.engine import QdrantEngine, connect
from api.adapters.qdrant.local import LocalQdrantEngine, open_folder
from api.adapters.qdrant.vectors import QdrantVectors
from api.config import Settings
from api.services.chat.language_model import LanguageModel
from api.services.chat.models import Models
from api.services.chat.service import ChatService
from api.services.chat.turn import Chat
from api.services.documents.guides import GuideService
from api.services.documents.service import DocumentService
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import EncoderThreads
from api.services.embedding.sentence_cache import SentenceCache
from api.services.parsing.parser import ParseLimits
from api.services.rag.chat import RagChat
from api.services.rag.quoting import Quoter
from api.services.retrieval.reranking import SentenceReranker
from api.services.retrieval.search import SearchService
from api.services.serving.admission import ConcurrencyLimit, Limiter
from api.services.serving.health import HealthService, Probe
from api.services.serving.queue import QuestionQueue, QueueLimiter
from api.services.serving.shutdown import Shutdown
from api.services.two_stores.consistency import Consistency
from api.services.two_stores.document_store import TwoStores
from api.services.two_stores.outbox import outbox_processing

CONNECT_SECONDS = 5.0
THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "host.docker.internal")
STORE_THREADS = 8


class State(TypedDict):
    """What the routes find under `request.state`."""

    models: Models
    chat: Chat
    embeddings: Embeddings
    documents: DocumentService
    guides: GuideService
    search: SearchService
    questions: QuestionQueue
    consistency: Consistency
    health: HealthService
    limits: dict[str, Limiter]
    stop: Shutdown


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[State]:
    """Enter every resource, yield the services, leave the resources in reverse order."""
    async with AsyncExitStack() as stack:
        probes: list[Probe] = []

        # Admission
        limits: dict[str, Limiter] = {"requests": ConcurrencyLimit(settings.requests_at_once)}

        # Language model
        http = await stack.enter_async_context(http_client(settings))
        models = Models(language_models(settings, http))
        probes.append(Probe("language_model", models.summary))

        # Chat
        chat: Chat = ChatService(
            models,
            system_prompt=settings.system_prompt,
            max_tokens=settings.max_tokens,
        )

        # Embeddings
        embeddings = Embeddings(await stack.enter_async_context(encoder_threads(settings)))
        probes.append(Probe("embedding_model", embeddings.check))

        # Stores: documents in MongoDB, vectors in Qdrant, and one library over both
        mongo = mongo_client(settings.mongodb_url.get_secret_value())
        stack.callback(mongo.close)
        database = mongo[settings.mongodb_database]
        records, reader = MongoRecords(database), MongoDocumentReader(database)
        alone = settings.qdrant_url is None  # the folder of Qdrant's local mode is locked: nobody else writes
        qdrant = qdrant_client(settings)
        stack.callback(qdrant.close)
        vectors = QdrantVectors(
            LocalQdrantEngine(qdrant) if alone else QdrantEngine(qdrant),
            embeddings.space,
            stack.enter_context(ThreadPoolExecutor(1 if alone else STORE_THREADS, "qdrant")),
        )
        store = TwoStores(
            records=records,
            reader=reader,
            outbox=records,
            vectors=vectors,
        )
        await stack.enter_async_context(store)
        await stack.enter_async_context(outbox_processing(store, first=timedelta(0) if alone else store.grace))
        probes.append(Probe("mongodb", records.check))
        probes.append(Probe("qdrant", vectors.check))

        # Documents
        parser = await stack.enter_async_context(
            SandboxParser(
                ParseLimits(seconds=settings.parse_seconds, memory_bytes=settings.parse_memory_bytes),
                processes=settings.parse_processes,
            )
        )
        documents = DocumentService(
            parser=parser,
            tokens=embeddings.tokens,
            embedder=embeddings,
            store=store,
            reader=reader,
            max_bytes=settings.max_upload_bytes,
        )
        limits["documents"] = ConcurrencyLimit(settings.documents_at_once)

        # Answers from the documents
        questions = QuestionQueue(settings.questions_at_once, settings.questions_waiting)
        limits["requests"] = QueueLimiter(limits["requests"], questions)
        sentences = SentenceCache(embeddings)
        search = SearchService(embeddings, store, SentenceReranker(sentences))
        chat = RagChat(
            chat,
            models=models,
            search=search,
            queue=questions,
            quoter=Quoter(sentences),
            reader=reader,
            use_rag=settings.use_rag,
            top_k=settings.top_k,
            system_prompt=settings.system_prompt,
            max_tokens=settings.max_tokens,
        )

        yield State(
            models=models,
            chat=chat,
            embeddings=embeddings,
            documents=documents,
            guides=GuideService(documents, settings.guides_path),
            search=search,
            questions=questions,
            consistency=Consistency(
                reader=reader,
                records=records,
                vectors=vectors,
                store=store,
                audit=reader,
                embedder=embeddings,
                grace=timedelta(0) if alone else store.grace,
            ),
            health=HealthService(read_layer(Path(__file__).parents[1]), probes),
            limits=limits,
            stop=Shutdown(),
        )


def http_client(settings: Settings) -> httpx2.AsyncClient:
    """For as many streams as there are clients; through a proxy only to an OpenAI-compatible server elsewhere."""
    remote = urlsplit(settings.openai_base_url).hostname not in THIS_MACHINE
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(settings.llm_timeout_seconds, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        trust_env=settings.llm_provider == "openai" and remote,
    )


def language_models(settings: Settings, http: httpx2.AsyncClient) -> list[LanguageModel]:
    """The chosen provider; under `auto` Ollama first and the extractive answerer behind it."""
    extractive = ExtractiveModel(settings.system_prompt)
    match settings.llm_provider:
        case "auto":
            return [guarded(ollama(settings, http), settings), extractive]
        case "ollama":
            return [guarded(ollama(settings, http), settings)]
        case "openai":
            return [guarded(openai_compatible(settings, http), settings)]
        case "huggingface":
            return [guarded(HuggingFaceModel(settings.hf_model), settings)]
        case "extractive":
            return [extractive]


def guarded(model: LanguageModel, settings: Settings) -> GuardedModel:
    breaker = Breaker(settings.breaker_threshold, settings.breaker_cooldown_seconds)
    return GuardedModel(
        model,
        timeout=settings.llm_timeout_seconds,
        attempts=settings.llm_attempts,
        breaker=breaker,
    )


def ollama(settings: Settings, http: httpx2.AsyncClient) -> OllamaModel:
    return OllamaModel(http, settings.ollama_url, settings.ollama_model, settings.ollama_max_context)


def openai_compatible(settings: Settings, http: httpx2.AsyncClient) -> LanguageModel:
    import openai  # half a second of imports that only this provider needs

    from api.adapters.llm.openai import OpenAIModel

    client = openai.AsyncOpenAI(
        base_url=settings.openai_base_url,
        api_key=settings.openai_api_key.get_secret_value(),
        max_retries=0,
        http_client=http,
    )
    return OpenAIModel(client, settings.openai_model, settings.openai_context)


def encoder_threads(settings: Settings) -> EncoderThreads:
    """The embedding model, in threads of its own."""
    name, path = settings.embedding_model, settings.embedding_path
    match settings.embedding_backend:
        case "openvino-int8":
            return EncoderThreads(OpenVinoEncoder(name, path, "int8"))
        case "openvino-fp32":
            return EncoderThreads(OpenVinoEncoder(name, path, "fp32"))
        case "torch-fp32":
            return EncoderThreads(SentenceTransformersEncoder(name, path))


def qdrant_client(settings: Settings) -> QdrantClient:
    """The server's where one is named, else the local mode's. Raises `StoreUnavailable` when that is in use."""
    if settings.qdrant_url is None:
        return open_folder(settings.qdrant_path)
    key = settings.qdrant_api_key
    return connect(settings.qdrant_url, key.get_secret_value() if key else None)
