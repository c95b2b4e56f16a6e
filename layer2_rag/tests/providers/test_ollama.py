"""Ollama: the context window, its models, and everything that goes wrong on the way to it."""

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


async def test_a_stream_carries_the_counts_of_ollama(model: OllamaModel, ollama: OllamaServer) -> None:
    *tokens, last, finished = await collect(model)
    assert tokens == [Token(word) for word in ollama.words]
    assert last == Token("")
    assert finished == Finished("stop", Usage(21, 6, estimated=False))


@pytest.mark.parametrize(
    ("own", "most", "num_ctx"), [(8192, 16_384, 8192), (131_072, 16_384, 16_384), (None, 16_384, FALLBACK_WINDOW)]
)
async def test_num_ctx_is_the_models_window_up_to_the_configured_maximum(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, own: int | None, most: int, num_ctx: int
) -> None:
    ollama.windows = {"tiny:latest": own}
    url = serve(llm_provider="ollama", ollama_url=ollama.url, ollama_max_context=most)
    [shown] = (await http.get(f"{url}/models")).json()["models"]
    await http.post(f"{url}/chat", json={"message": "Hello"})
    assert ollama.chats[0]["options"]["num_ctx"] == shown["context_window"] == num_ctx
    assert (ollama.chats[0]["truncate"], ollama.chats[0]["shift"]) == (False, False)


async def test_the_models_are_asked_for_once_in_a_while(model: OllamaModel, ollama: OllamaServer) -> None:
    for _ in range(3):
        await model.models()
    assert ollama.asked == ["tags", "show tiny:latest"]


async def test_the_first_model_that_can_chat_is_the_default(model: OllamaModel, ollama: OllamaServer) -> None:
    ollama.windows = {"embed:latest": 512, "tiny:latest": 8192, "big:70b": 131_072}
    ollama.capabilities = {"embed:latest": ["embedding"], "tiny:latest": ["completion", "tools"]}
    assert [(info.name, info.default) for info in await model.models()] == [("tiny:latest", True), ("big:70b", False)]


@pytest.mark.parametrize("asked", ["big", "big:latest"])
async def test_the_configured_model_is_the_default(ollama: OllamaServer, http: httpx2.AsyncClient, asked: str) -> None:
    ollama.windows = {"tiny:latest": 8192, "big:latest": 8192}
    model = OllamaModel(http, ollama.url, asked, 16_384)
    assert [info.name for info in await model.models() if info.default] == ["big:latest"]


async def test_a_configured_model_that_is_absent_is_named_with_the_cure(
    ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    with pytest.raises(ModelUnavailable, match="ollama pull absent"):
        await OllamaModel(http, ollama.url, "absent", 16_384).models()


async def test_an_empty_ollama_says_what_to_pull(model: OllamaModel, ollama: OllamaServer) -> None:
    ollama.windows = {}
    with pytest.raises(ModelUnavailable, match="ollama pull"):
        await model.models()


@pytest.mark.parametrize("listing", [b"", b"<html>", b"[]", b"7", b'{"models": 3}', b"{}", b"\xff", b"[" * 100_000])
async def test_a_garbled_list_is_no_fault_of_ours(model: OllamaModel, ollama: OllamaServer, listing: bytes) -> None:
    ollama.listing = listing
    with pytest.raises(ModelUnavailable):
        await model.models()


@pytest.mark.parametrize("behaviour", ["error500", "garbage", "half", "empty", "wrong_shape"])
async def test_a_failing_answer_is_unavailable(model: OllamaModel, ollama: OllamaServer, behaviour: str) -> None:
    ollama.behaviour = behaviour
    with pytest.raises(ModelUnavailable):
        await collect(model)


async def test_a_refused_connection_says_how_to_start_ollama(http: httpx2.AsyncClient) -> None:
    model = OllamaModel(http, refused_address(), None, 16_384)
    for call in (model.models(), collect(model)):
        with pytest.raises(ModelUnavailable, match="ollama serve"):
            await call


async def test_a_model_removed_meanwhile_is_named_with_the_cure_and_listed_no_longer(
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
async def test_odd_lines(lines: list[object], error: type[Exception]) -> None:
    model = OllamaModel(answering(200, "\n".join(map(json.dumps, lines))), "http://127.0.0.1", None, 16_384)
    with pytest.raises(error):
        await collect(model)


async def test_a_prompt_that_ollama_finds_too_long_is_not_cut() -> None:
    client = answering(400, '{"error": "the input length exceeds the context length"}')
    with pytest.raises(PromptTooLong):
        await collect(OllamaModel(client, "http://127.0.0.1", None, 16_384))


async def test_an_answer_that_reached_its_limit_says_so_and_missing_counts_are_none() -> None:
    client = answering(200, '{"message": {"content": "x"}, "done": true, "done_reason": "length"}')
    assert await collect(OllamaModel(client, "http://127.0.0.1", None, 16_384)) == [Token("x"), Finished("length")]


@pytest.mark.parametrize("address", ["nonsense", "ftp://127.0.0.1", "http://user:secret@127.0.0.1:1"])
async def test_a_wrong_address_is_told_without_its_password(http: httpx2.AsyncClient, address: str) -> None:
    with pytest.raises(ModelUnavailable) as error:
        await OllamaModel(http, address, None, 16_384).models()
    assert "secret" not in str(error.value)


def answering(status: int, text: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.MockTransport(lambda request: httpx2.Response(status, text=text)))
