"""The language models: the chosen provider, its HTTP client, and the guard around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2

from api.adapters.llm.extractive import ExtractiveModel
from api.adapters.llm.guarded import GuardedModel, Limits
from api.adapters.llm.huggingface import HuggingFaceModel
from api.adapters.llm.ollama import OllamaModel
from api.config import Settings
from api.services.chat.language_model import LanguageModel
from api.services.chat.models import Models

CONNECT_SECONDS = 5.0
LOCAL = 4
"""Concurrent generations of a local server, which writes a few answers at a time and queues the others."""
REMOTE = 64
"""Concurrent generations of a hosted model."""
THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "host.docker.internal")


@asynccontextmanager
async def language_models(settings: Settings) -> AsyncIterator[Models]:
    """The chosen provider, and the extractive answerer, which stands in for it."""
    async with http_client(settings) as http:
        match settings.llm_provider:
            case "auto" | "ollama":
                models = [guarded(ollama(settings, http), settings, at_once=LOCAL)]
            case "openai":
                at_once = REMOTE if is_remote(settings) else LOCAL
                models = [guarded(openai_compatible(settings, http), settings, at_once)]
            case "huggingface":
                models = [guarded(HuggingFaceModel(settings.hf_model), settings, at_once=1)]
            case "extractive":
                models = []
        yield Models(models, ExtractiveModel(settings.system_prompt), optional=settings.llm_provider == "auto")


def http_client(settings: Settings) -> httpx2.AsyncClient:
    """As many connections as there are streams; a proxy only to an OpenAI-compatible server elsewhere."""
    longest = max(settings.llm_first_token_seconds, settings.llm_timeout_seconds)
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(longest, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        trust_env=settings.llm_provider == "openai" and is_remote(settings),
        verify=uses_tls(settings),  # reading the certificates takes longer than the rest of the start
    )


def uses_tls(settings: Settings) -> bool:
    """Whether the server of the models is called by HTTPS."""
    url = settings.openai_base_url if settings.llm_provider == "openai" else settings.ollama_url
    return urlsplit(url).scheme != "http"


def is_remote(settings: Settings) -> bool:
    """Whether the OpenAI-compatible server runs on another machine."""
    return urlsplit(settings.openai_base_url).hostname not in THIS_MACHINE


def guarded(model: LanguageModel, settings: Settings, at_once: int) -> GuardedModel:
    """The model within the limits of the settings; `at_once` is the default for its provider."""
    limits = Limits(
        first_token=settings.llm_first_token_seconds,
        next_token=settings.llm_timeout_seconds,
        at_once=settings.llm_at_once or at_once,
        queue=settings.llm_queue_seconds,
    )
    return GuardedModel(model, limits)


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
