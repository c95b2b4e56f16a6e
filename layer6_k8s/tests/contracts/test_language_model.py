"""The contract of the LanguageModel port, for every adapter."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx2
import openai
import pytest

from api.adapters.llm.extractive import ExtractiveModel
from api.adapters.llm.guarded import GuardedModel, Limits
from api.adapters.llm.huggingface import HuggingFaceModel
from api.adapters.llm.ollama import OllamaModel
from api.adapters.llm.openai import OpenAIModel
from api.services.chat.language_model import Finished, LanguageModel, Prompt, Token
from api.services.chat.turn import Message

ADAPTERS = ["extractive", "ollama", "openai", "huggingface", "guarded"]


@pytest.fixture(params=ADAPTERS)
async def model(request: pytest.FixtureRequest, http: httpx2.AsyncClient) -> AsyncIterator[LanguageModel]:
    match request.param:
        case "extractive":
            yield ExtractiveModel()
        case "ollama":
            yield OllamaModel(http, request.getfixturevalue("ollama").url, None, 4096)
        case "openai":
            server = request.getfixturevalue("openai_server")
            client = openai.AsyncOpenAI(base_url=server.url, api_key=server.key, max_retries=0, http_client=http)
            yield OpenAIModel(client, "some-model", 4096)
        case "huggingface":
            yield HuggingFaceModel(request.getfixturevalue("tiny_model"))
        case "guarded":
            ollama = OllamaModel(http, request.getfixturevalue("ollama").url, None, 4096)
            yield GuardedModel(ollama, Limits(first_token=20, next_token=20, at_once=2, queue=20))


async def prompt(model: LanguageModel) -> Prompt:
    [info] = [info for info in await model.models() if info.default]
    message = Message("user", "Cats sleep all day. Paris is in France. Where is Paris?")
    return Prompt((message,), info.name, info.context_window, 16)


async def test_models_are_listed_with_one_default(model: LanguageModel) -> None:
    models = await model.models()
    assert [info.default for info in models].count(True) == 1
    assert {info.provider for info in models} == {model.provider}
    assert all(info.context_window > 0 for info in models)


async def test_a_stream_is_tokens_and_one_finished_event(model: LanguageModel) -> None:
    *tokens, finished = [piece async for piece in model.stream(await prompt(model))]
    assert tokens
    assert all(isinstance(token, Token) for token in tokens)
    assert isinstance(finished, Finished)
    if finished.usage:
        assert finished.usage.prompt_tokens > 0
        assert finished.usage.completion_tokens > 0
        assert finished.usage.estimated is False


async def test_a_closed_stream_frees_the_model_for_the_next(model: LanguageModel) -> None:
    question = await prompt(model)
    for _ in range(3):
        async with aclosing(model.stream(question)) as stream:
            assert isinstance(await anext(stream), Token)
    assert isinstance([piece async for piece in model.stream(question)][-1], Finished)


async def test_the_same_prompt_gives_the_same_stream(model: LanguageModel) -> None:
    question = await prompt(model)
    first, second = [[piece async for piece in model.stream(question)] for _ in range(2)]
    assert first == second
