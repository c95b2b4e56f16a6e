"""The Ollama provider: context window, list of models, and every kind of failure."""

import json
from collections.abc import Callable

import httpx2
import pytest

from api.adapters.llm.ollama import FALLBACK_WINDOW, OllamaModel
from api.errors import ModelNotFound, ModelUnavailable, PromptTooLong
from api.services.chat.language_model import Finished, Prompt, Token
from api.services.chat.turn import Message, Usage
from tests.servers.ollama import OllamaServer
from tests.servers.running import refused_address

PROMPT = Prompt((Message("user", "Hello"),), "tiny:latest", 8192, 100)


@pytest.fixture
async def model(ollama: OllamaServer, http: httpx2.AsyncClient) -> OllamaModel:
    return OllamaModel(http, ollama.url + "/", None, 16_384)


async def collect(model: OllamaModel, prompt: Prompt = PROMPT) -> list[Token | Finished]:
    return [piece async for piece in model.stream(prompt)]


async def test_a_stream_ends_with_ollamas_token_counts(model: OllamaModel, ollama: OllamaServer) -> None:
    *tokens, last, finished = await collect(model)
    assert tokens == [Token(word) for word in ollama.words]
    assert last == Token("")
    assert finished == Finished("stop", Usage(21, 6, estimated=False))


@pytest.mark.parametrize(
    ("window", "maximum", "num_ctx"), [(8192, 16_384, 8192), (131_072, 16_384, 16_384), (None, 16_384, FALLBACK_WINDOW)]
)
async def test_num_ctx_is_the_models_window_up_to_the_configured_maximum(
    serve: Callable[..., str],
    ollama: OllamaServer,
    http: httpx2.AsyncClient,
    window: int | None,
    maximum: int,
    num_ctx: int,
) -> None:
    ollama.windows = {"tiny:latest": window}
    url = serve(llm_provider="ollama", ollama_url=ollama.url, ollama_max_context=maximum)
    [listed, _] = (await http.get(f"{url}/models")).json()["models"]
    await http.post(f"{url}/chat", json={"message": "Hello"})
    assert ollama.chats[0]["options"]["num_ctx"] == listed["context_window"] == num_ctx
    assert (ollama.chats[0]["truncate"], ollama.chats[0]["shift"]) == (False, False)


async def test_the_list_of_models_is_cached(model: OllamaModel, ollama: OllamaServer) -> None:
    for _ in range(3):
        await model.models()
    assert ollama.requests == ["tags", "show tiny:latest"]


async def test_the_first_model_that_can_chat_is_the_default(model: OllamaModel, ollama: OllamaServer) -> None:
    ollama.windows = {"embed:latest": 512, "tiny:latest": 8192, "big:70b": 131_072}
    ollama.capabilities = {"embed:latest": ["embedding"], "tiny:latest": ["completion", "tools"]}
    assert [(info.name, info.default) for info in await model.models()] == [("tiny:latest", True), ("big:70b", False)]


@pytest.mark.parametrize("name", ["big", "big:latest"])
async def test_the_configured_model_is_the_default(ollama: OllamaServer, http: httpx2.AsyncClient, name: str) -> None:
    ollama.windows = {"tiny:latest": 8192, "big:latest": 8192}
    model = OllamaModel(http, ollama.url, name, 16_384)
    assert [info.name for info in await model.models() if info.default] == ["big:latest"]


async def test_an_absent_configured_model_is_named_with_its_pull_command(
    ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    with pytest.raises(ModelUnavailable, match="ollama pull absent"):
        await OllamaModel(http, ollama.url, "absent", 16_384).models()


async def test_an_empty_ollama_suggests_a_pull(model: OllamaModel, ollama: OllamaServer) -> None:
    ollama.windows = {}
    with pytest.raises(ModelUnavailable, match="ollama pull"):
        await model.models()


@pytest.mark.parametrize("listing", [b"", b"<html>", b"[]", b"7", b'{"models": 3}', b"{}", b"\xff", b"[" * 100_000])
async def test_a_malformed_list_of_models_is_unavailable(
    model: OllamaModel, ollama: OllamaServer, listing: bytes
) -> None:
    ollama.listing = listing
    with pytest.raises(ModelUnavailable):
        await model.models()


@pytest.mark.parametrize("behaviour", ["error500", "garbage", "half", "empty", "wrong_shape"])
async def test_a_failed_response_is_unavailable(model: OllamaModel, ollama: OllamaServer, behaviour: str) -> None:
    ollama.behaviour = behaviour
    with pytest.raises(ModelUnavailable):
        await collect(model)


async def test_a_refused_connection_suggests_starting_ollama(http: httpx2.AsyncClient) -> None:
    model = OllamaModel(http, refused_address(), None, 16_384)
    for call in (model.models(), collect(model)):
        with pytest.raises(ModelUnavailable, match="ollama serve"):
            await call


async def test_a_removed_model_is_named_with_its_pull_command_and_no_longer_listed(
    model: OllamaModel, ollama: OllamaServer
) -> None:
    await model.models()
    ollama.behaviour, ollama.windows = "absent", {"other:latest": 8192}
    with pytest.raises(ModelNotFound, match="ollama pull tiny:latest"):
        await collect(model)
    assert [info.name for info in await model.models()] == ["other:latest"]


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([{"error": "out of memory"}], ModelUnavailable),
        ([{"message": {"content": "a"}}, {"error": "out of memory"}], ModelUnavailable),
        ([{"message": None}, {"message": 3}, {"message": {"content": 4}}], ModelUnavailable),
    ],
)
async def test_malformed_lines_of_a_stream_are_unavailable(lines: list[object], error: type[Exception]) -> None:
    model = OllamaModel(client_returning(200, "\n".join(map(json.dumps, lines))), "http://127.0.0.1", None, 16_384)
    with pytest.raises(error):
        await collect(model)


async def test_a_prompt_that_ollama_rejects_as_too_long_is_not_cut() -> None:
    client = client_returning(400, '{"error": "the input length exceeds the context length"}')
    with pytest.raises(PromptTooLong):
        await collect(OllamaModel(client, "http://127.0.0.1", None, 16_384))


async def test_the_finish_reason_length_is_passed_on_and_missing_counts_are_none() -> None:
    client = client_returning(200, '{"message": {"content": "x"}, "done": true, "done_reason": "length"}')
    assert await collect(OllamaModel(client, "http://127.0.0.1", None, 16_384)) == [Token("x"), Finished("length")]


@pytest.mark.parametrize("address", ["nonsense", "ftp://127.0.0.1", "http://user:secret@127.0.0.1:1"])
async def test_the_error_for_an_invalid_address_hides_its_password(http: httpx2.AsyncClient, address: str) -> None:
    with pytest.raises(ModelUnavailable) as error:
        await OllamaModel(http, address, None, 16_384).models()
    assert "secret" not in str(error.value)


def client_returning(status: int, text: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.MockTransport(lambda request: httpx2.Response(status, text=text)))
