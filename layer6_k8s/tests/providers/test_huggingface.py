"""The in-process Hugging Face provider, with a tiny model that the tests create."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path

import anyio
import httpx2
import pytest

from api.adapters.llm.huggingface import HuggingFaceModel
from api.errors import ModelUnavailable, PromptTooLong
from api.services.chat.language_model import Finished, Prompt, Token
from api.services.chat.turn import Message
from tests.servers.running import when_ready


@pytest.fixture(scope="module")
async def model(tiny_model: str) -> HuggingFaceModel:
    model, deadline = HuggingFaceModel(tiny_model), time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(ModelUnavailable):  # on a busy machine loading takes longer than one call waits
            await model.models()
            return model
    raise AssertionError("the model was not loaded in time")


def prompt(text: str, max_tokens: int = 20, temperature: float | None = None) -> Prompt:
    return Prompt((Message("user", text),), "tiny", 512, max_tokens, temperature)


async def generate(model: HuggingFaceModel, request: Prompt) -> tuple[str, Finished]:
    *tokens, finished = [piece async for piece in model.stream(request)]
    assert isinstance(finished, Finished)
    return "".join(token.text for token in tokens if isinstance(token, Token)), finished


async def test_the_context_window_comes_from_the_model(model: HuggingFaceModel) -> None:
    [info] = await model.models()
    assert (info.context_window, info.default, info.provider) == (512, True, "huggingface")


async def test_the_models_tokenizer_counts_the_tokens(model: HuggingFaceModel) -> None:
    text, finished = await generate(model, prompt("Hello"))
    assert text
    assert finished.usage is not None
    assert finished.usage.prompt_tokens == len("user: Hello\nassistant:") + 2  # a byte is a token; two <s>
    assert finished.usage.completion_tokens == 20
    assert finished.reason == "length"


async def test_answers_repeat_without_a_temperature_and_vary_with_one(model: HuggingFaceModel) -> None:
    assert len({(await generate(model, prompt("Hello")))[0] for _ in range(3)}) == 1
    assert len({(await generate(model, prompt("Hello", temperature=0.0)))[0] for _ in range(3)}) == 1
    assert len({(await generate(model, prompt("Hello", temperature=1.5)))[0] for _ in range(5)}) > 1


async def test_closing_the_stream_stops_the_thread(model: HuggingFaceModel) -> None:
    async with aclosing(model.stream(prompt("Hello", max_tokens=150))) as stream:
        await anext(stream)
        started = time.monotonic()
    closed = time.monotonic() - started
    started = time.monotonic()
    await generate(model, prompt("Hello", max_tokens=150))
    assert closed < (time.monotonic() - started) / 4


async def test_generation_does_not_block_the_event_loop(model: HuggingFaceModel) -> None:
    generation = asyncio.create_task(generate(model, prompt("Hello", max_tokens=60)))
    pauses = []
    while not generation.done():
        before = time.monotonic()
        await asyncio.sleep(0.001)
        pauses.append(time.monotonic() - before)
    assert len(pauses) > 10
    assert sorted(pauses)[len(pauses) // 2] < 0.05


async def test_concurrent_generations_do_not_mix(model: HuggingFaceModel) -> None:
    single, _ = await generate(model, prompt("Hello"))
    concurrent = await asyncio.gather(*(generate(model, prompt("Hello")) for _ in range(4)))
    assert {text for text, _ in concurrent} == {single}


async def test_a_prompt_longer_than_the_window_is_rejected_and_not_cut(model: HuggingFaceModel) -> None:
    with pytest.raises(PromptTooLong, match="500"):
        await generate(model, prompt("x" * 520, max_tokens=12))


async def test_an_error_of_the_chat_template_is_reported(tiny_model: str) -> None:
    strict = HuggingFaceModel(tiny_model)
    _, tokenizer = await strict._loaded()
    tokenizer.chat_template = "{{ raise_exception('System role not supported') }}"
    with pytest.raises(ModelUnavailable, match="System role not supported"):
        await generate(strict, prompt("Hello"))


async def test_an_absent_model_is_unavailable_until_its_folder_exists(tmp_path: Path, tiny_model: str) -> None:
    absent = HuggingFaceModel(str(tmp_path / "absent"))
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="cannot be loaded"):
            await absent.models()
    (tmp_path / "absent").symlink_to(tiny_model)
    assert await absent.models()


async def test_a_disconnect_from_chat_frees_the_model(
    serve: Callable[..., str], tiny_model: str, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="huggingface", hf_model=tiny_model)
    await when_ready(http, url)
    for _ in range(3):
        async with http.stream("POST", f"{url}/chat/stream", json={"message": "Hello", "max_tokens": 200}) as response:
            assert response.status_code == 200
            await anext(response.aiter_text())
    with anyio.fail_after(20):
        response = await http.post(f"{url}/chat", json={"message": "Hello", "max_tokens": 5})
    assert response.json()["provider"] == "huggingface"
    assert response.json()["usage"]["completion_tokens"] == 5
