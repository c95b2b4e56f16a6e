"""The composition root: settings → adapters → services. `build` enters the capabilities; each has a file of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypedDict

from api.adapters.layer_file import read_layer
from api.adapters.postgres.conversations.conversations import PostgresConversations
from api.adapters.postgres.conversations.turn_log import PostgresTurnLog
from api.capabilities.answers import rag_chat
from api.capabilities.database import document_stores, open_database
from api.capabilities.documents import document_ingestion, documents
from api.capabilities.embeddings import embeddings
from api.capabilities.following import follow_active_space, model_location
from api.capabilities.language_models import language_models
from api.config import Settings
from api.http.origins import Origins
from api.routes.annotations import annotations
from api.routes.openai_message import MessagePart, tool_calls
from api.services.chat.completions import Completions
from api.services.chat.models import Models
from api.services.chat.quoting_chat import QuotingChat
from api.services.chat.service import ChatService
from api.services.chat.turn import Chat
from api.services.conversations.chat import ConversationChat
from api.services.conversations.conversations import Conversations
from api.services.conversations.service import ConversationService
from api.services.documents.guides import GuideService
from api.services.documents.ingestion import Ingest
from api.services.documents.service import DocumentService
from api.services.embedding.embeddings import Embeddings, SentenceEmbedder
from api.services.rag.checking.support import SupportChecker
from api.services.rag.quoting.quoter import Quoter, Quotes
from api.services.retrieval.admitted import AdmittedSearch
from api.services.retrieval.reading import reads_with
from api.services.retrieval.reranking import SentenceReranker
from api.services.retrieval.search import Search, SearchService
from api.services.serving.admission import ConcurrencyLimit, Limiter
from api.services.serving.authentication import Authenticator, NoAuthentication, SharedKey
from api.services.serving.health import HealthService, Probe
from api.services.serving.observers import Observer, log_access
from api.services.serving.queue import QuestionQueue, QueueLimiter
from api.services.serving.shutdown import Shutdown


class State(TypedDict):
    """What the routes and the middleware find under `request.state`."""

    models: Models
    chat: Chat
    completions: Completions
    message_parts: list[MessagePart]
    embeddings: Embeddings
    documents: DocumentService
    guides: GuideService
    search: Search
    conversations: ConversationService
    origins: Origins
    authenticator: Authenticator
    health: HealthService
    limits: dict[str, Limiter]
    observers: list[Observer]
    shutdown: Shutdown


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[State]:
    """Enter every capability, yield the services, leave in reverse order."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        probes: list[Probe] = []
        limits: dict[str, Limiter] = {"requests": ConcurrencyLimit(settings.requests_at_once)}
        message_parts: list[MessagePart] = [tool_calls]

        models = await enter(language_models(settings))
        probes.append(Probe("language_model", models.summary, required=False))
        generation: Chat = ChatService(
            models,
            system_prompt=settings.system_prompt,
            max_tokens=settings.max_tokens,
        )
        chat: Chat = QuotingChat(generation, models)
        plain = chat  # what writes, whatever is put around it below
        variants: dict[str, Chat] = {}

        embedder = await enter(embeddings(settings))
        probes.append(Probe("embedding_model", embedder.check))

        database = await enter(open_database(settings))
        stores = document_stores(database, embedder.space, model_location(settings))
        following = await enter(follow_active_space(settings, embedder, stores.spaces))
        store, reader = stores.store, stores.reader
        probes.append(Probe("postgresql", database.check))
        probes.append(Probe("embedding_space", following.check, required=False))

        ingestion: Ingest = await enter(document_ingestion(settings, embedder, store))
        library = documents(settings, ingestion, store, reader)
        limits["documents"] = ConcurrencyLimit(settings.documents_at_once)

        questions = QuestionQueue(settings.questions_at_once)
        limits["requests"] = QueueLimiter(limits["requests"], questions)
        sentences: SentenceEmbedder = embedder
        search: Search = SearchService(embedder, stores.index, SentenceReranker(sentences), reads_with(embedder.model))
        quotes: Quotes = Quoter(sentences)
        chat = rag_chat(
            settings,
            chat,
            writer=generation,
            models=models,
            search=search,
            queue=questions,
            quotes=quotes,
            support=SupportChecker(sentences),
            reader=reader,
        )
        message_parts.append(annotations)
        variants[":no-documents"] = plain

        stored: Conversations = PostgresConversations(database)
        turns = PostgresTurnLog(database)
        conversations = ConversationService(stored)
        chat = ConversationChat(chat, turns)

        yield State(
            models=models,
            chat=chat,
            completions=Completions(models, chat, plain, variants),
            message_parts=message_parts,
            embeddings=embedder,
            documents=library,
            guides=GuideService(library, settings.guides_path),
            search=AdmittedSearch(search, questions),
            conversations=conversations,
            origins=Origins(settings.allowed_hosts),
            authenticator=authenticator(settings),
            health=HealthService(read_layer(Path(__file__).parents[1]), probes),
            limits=limits,
            observers=[log_access],
            shutdown=Shutdown(),
        )


def authenticator(settings: Settings) -> Authenticator:
    """The shared key if API_KEY is set, else no authentication."""
    return SharedKey(settings.api_key.get_secret_value()) if settings.api_key else NoAuthentication()
