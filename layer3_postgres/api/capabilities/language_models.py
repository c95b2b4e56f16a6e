"""The language models: the chosen provider, its HTTP client, and the guard around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2

from api.adapters.llm.extractive import ExtractiveModel
from api.adapters.llm.guarded import GuardedModel
from api.adapters.llm.huggingface import HuggingFaceModel
from api.adapters.llm.ollama import OllamaModel
from api.config import Settings
from api.services.chat.language_model import LanguageModel
from api.services.chat.models import Models

CONNECT_SECONDS = 5.0
THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "host.docker.internal")


@asynccontextmanager
async def language_models(settings: Settings) -> AsyncIterator[Models]:
    """The chosen provider; under `auto` Ollama first and the extractive answerer as its fallback."""
    async with http_client(settings) as http:
        extractive = ExtractiveModel(settings.system_prompt)
        match settings.llm_provider:
            case "auto":
                models: list[LanguageModel] = [guarded(ollama(settings, http), settings), extractive]
            case "ollama":
                models = [guarded(ollama(settings, http), settings)]
            case "openai":
                models = [guarded(openai_compatible(settings, http), settings)]
            case "huggingface":
                models = [guarded(HuggingFaceModel(settings.hf_model), settings)]
            case "extractive":
                models = [extractive]
        yield Models(models)


def http_client(settings: Settings) -> httpx2.AsyncClient:
    """As many connections as there are streams; a proxy only to an OpenAI-compatible server elsewhere."""
    remote = urlsplit(settings.openai_base_url).hostname not in THIS_MACHINE
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(settings.llm_timeout_seconds, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        trust_env=settings.llm_provider == "openai" and remote,
    )


def guarded(model: LanguageModel, settings: Settings) -> GuardedModel:
    return GuardedModel(model, timeout=settings.llm_timeout_seconds)


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
