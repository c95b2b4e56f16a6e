"""The composition root: settings → adapters → services. Nothing else imports an adapter."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

import httpx2

from api.adapters.layer_file import read_layer
from api.adapters.llm.extractive import ExtractiveModel
from api.adapters.llm.guarded import Breaker, GuardedModel
from api.adapters.llm.huggingface import HuggingFaceModel
from api.adapters.llm.ollama import OllamaModel
from api.config import Settings
from api.services.chat.language_model import LanguageModel
from api.services.chat.models import Models
from api.services.chat.service import ChatService
from api.services.chat.turn import Chat
from api.services.serving.admission import ConcurrencyLimit, Limiter
from api.services.serving.health import HealthService, Probe
from api.services.serving.shutdown import Shutdown

CONNECT_SECONDS = 5.0
THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "host.docker.internal")


class State(TypedDict):
    """What the routes find under `request.state`."""

    models: Models
    chat: Chat
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

        yield State(
            models=models,
            chat=chat,
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
