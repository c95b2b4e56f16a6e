"""OpenAI's own SDK against /v1."""

from collections.abc import AsyncIterator, Callable

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from tests.servers.ollama import OllamaServer

TEXT = "Paris is the capital of France. What is the capital of France?"
QUESTION: list[ChatCompletionMessageParam] = [{"role": "user", "content": TEXT}]
ANSWER = "“Paris is the capital of France.”"


def connect(url: str, key: str = "any") -> openai.AsyncOpenAI:
    http = openai.DefaultAsyncHttpxClient(verify=False)  # loopback needs no certificates
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, http_client=http)


@pytest.fixture
async def sdk(url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with connect(url) as client:
        yield client


async def test_the_sdk_lists_the_models(sdk: openai.AsyncOpenAI) -> None:
    model, *_ = (await sdk.models.list()).data
    assert (model.id, model.object, model.owned_by) == ("extractive", "model", "extractive")
    assert model.created > 0


async def test_the_sdk_retrieves_a_model_whose_name_has_slashes_and_colons(
    serve: Callable[..., str], ollama: OllamaServer
) -> None:
    ollama.windows = {"hub/some-model:1b": 4096}
    async with connect(serve(llm_provider="ollama", ollama_url=ollama.url)) as sdk:
        assert (await sdk.models.retrieve("hub/some-model:1b")).owned_by == "ollama"
        with pytest.raises(openai.NotFoundError, match="'gpt-9'"):
            await sdk.models.retrieve("gpt-9")


async def test_the_sdk_gets_a_completion(sdk: openai.AsyncOpenAI) -> None:
    completion = await sdk.chat.completions.create(model="extractive", messages=QUESTION)
    [choice] = completion.choices
    assert (choice.message.role, choice.message.content, choice.finish_reason) == ("assistant", ANSWER, "stop")
    assert (completion.object, completion.model) == ("chat.completion", "extractive")
    assert completion.usage
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 0


@pytest.mark.parametrize("include_usage", [True, False])
async def test_the_sdk_streams_a_completion(
    serve: Callable[..., str], ollama: OllamaServer, include_usage: bool
) -> None:
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    async with connect(url) as sdk:
        stream = await sdk.chat.completions.create(
            model="tiny:latest", messages=QUESTION, stream=True, stream_options={"include_usage": include_usage}
        )
        chunks = [chunk async for chunk in stream]
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert [text for text in texts if text] == list(ollama.words)
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert len({chunk.id for chunk in chunks}) == 1
    assert {chunk.model for chunk in chunks} == {"tiny:latest"}
    usages = [chunk.usage for chunk in chunks if chunk.usage]
    assert [(usage.prompt_tokens, usage.total_tokens) for usage in usages] == ([(21, 27)] if include_usage else [])


async def test_the_stream_ends_with_done(url: str, http: httpx2.AsyncClient) -> None:
    body = {"model": "extractive", "messages": QUESTION, "stream": True}
    response = await http.post(f"{url}/v1/chat/completions", json=body)
    assert response.text.endswith("data: [DONE]\n\n")


async def test_a_wrong_key_raises_an_authentication_error(serve: Callable[..., str]) -> None:
    url = serve(llm_provider="extractive", api_key="right")
    async with connect(url, "wrong") as sdk:
        with pytest.raises(openai.AuthenticationError) as error:
            await sdk.models.list()
    assert (error.value.code, error.value.type) == ("unauthorized", "authentication_error")
    async with connect(url, "right") as sdk:
        assert (await sdk.models.list()).data


@pytest.mark.parametrize("stream", [True, False])
async def test_an_unknown_model_raises_not_found(sdk: openai.AsyncOpenAI, stream: bool) -> None:
    with pytest.raises(openai.NotFoundError) as error:
        await sdk.chat.completions.create(model="gpt-9", messages=QUESTION, stream=stream)
    assert error.value.code == "model_not_found"
    assert "'gpt-9'" in error.value.message


async def test_an_invalid_field_raises_a_bad_request_that_names_it(sdk: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as error:
        await sdk.chat.completions.create(model="extractive", messages=QUESTION, temperature=9)
    assert (error.value.code, error.value.param) == ("invalid_request", "temperature")


async def test_an_unavailable_model_raises_a_503_with_retry_after(
    serve: Callable[..., str], ollama: OllamaServer
) -> None:
    ollama.behaviour = "error500"
    async with connect(serve(llm_provider="ollama", ollama_url=ollama.url)) as sdk:
        with pytest.raises(openai.InternalServerError) as error:
            await sdk.chat.completions.create(model="tiny:latest", messages=[{"role": "user", "content": "Hello"}])
    assert (error.value.status_code, error.value.code) == (503, "model_unavailable")
    assert int(error.value.response.headers["retry-after"]) > 0


async def test_a_model_that_fails_in_the_middle_of_a_stream_raises_an_api_error(
    serve: Callable[..., str], ollama: OllamaServer
) -> None:
    ollama.behaviour = "half"
    async with connect(serve(llm_provider="ollama", ollama_url=ollama.url)) as sdk:
        stream = await sdk.chat.completions.create(model="tiny:latest", messages=QUESTION, stream=True)
        with pytest.raises(openai.APIError, match=r"broke off|not reachable"):
            [chunk async for chunk in stream]


async def test_fields_and_roles_of_other_clients_are_accepted(sdk: openai.AsyncOpenAI) -> None:
    completion = await sdk.chat.completions.create(
        model="extractive",
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": TEXT}]},
        ],
        max_completion_tokens=50,
        top_p=0.5,
        user="someone",
        extra_body={"unknown": {"a": 1}},
    )
    assert completion.choices[0].message.content == ANSWER


@pytest.mark.parametrize("path", ["/v1/nowhere", "/v1/chat/completions"])
async def test_all_other_errors_have_openais_format(url: str, http: httpx2.AsyncClient, path: str) -> None:
    response = await http.get(url + path)
    assert response.status_code in (404, 405)
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
