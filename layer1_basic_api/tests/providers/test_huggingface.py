"""Hugging Face in this process, with a tiny model that the test has made."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import anyio
import httpx2
import pytest

from api.adapters.llm.huggingface import HuggingFaceModel
from api.errors import ModelUnavailable, PromptTooLong
from api.services.chat.language_model import Finished, Prompt, Token
from api.services.chat.turn import Message


@pytest.fixture(scope="module")
async def model(tiny_model: str) -> HuggingFaceModel:
    model = HuggingFaceModel(tiny_model)
    await model.models()
    return model


def asking(text: str, max_tokens: int = 20, temperature: float | None = None) -> Prompt:
    return Prompt((Message("user", text),), "tiny", 512, max_tokens, temperature)


async def say(model: HuggingFaceModel, prompt: Prompt) -> tuple[str, Finished]:
    *tokens, finished = [piece async for piece in model.stream(prompt)]
    assert isinstance(finished, Finished)
    return "".join(token.text for token in tokens if isinstance(token, Token)), finished


async def test_the_window_is_the_models_own(model: HuggingFaceModel) -> None:
    [info] = await model.models()
    assert (info.context_window, info.default, info.provider) == (512, True, "huggingface")


async def test_tokens_are_counted_by_its_own_tokenizer(model: HuggingFaceModel) -> None:
    text, finished = await say(model, asking("Hello"))
    assert text
    assert finished.usage is not None
    assert finished.usage.prompt_tokens == len("user: Hello\nassistant:") + 2  # a byte is a token; two <s>
    assert finished.usage.completion_tokens == 20
    assert finished.reason == "length"


async def test_without_temperature_it_repeats_itself_and_with_it_does_not(model: HuggingFaceModel) -> None:
    assert len({(await say(model, asking("Hello")))[0] for _ in range(3)}) == 1
    assert len({(await say(model, asking("Hello", temperature=0.0)))[0] for _ in range(3)}) == 1
    assert len({(await say(model, asking("Hello", temperature=1.5)))[0] for _ in range(5)}) > 1


async def test_closing_the_stream_stops_the_thread(model: HuggingFaceModel) -> None:
    async with aclosing(model.stream(asking("Hello", max_tokens=150))) as stream:
        await anext(stream)
        started = time.monotonic()
    closed = time.monotonic() - started
    started = time.monotonic()
    await say(model, asking("Hello", max_tokens=150))
    assert closed < (time.monotonic() - started) / 4


async def test_it_generates_off_the_event_loop(model: HuggingFaceModel) -> None:
    generation = asyncio.create_task(say(model, asking("Hello", max_tokens=60)))
    pauses = []
    while not generation.done():
        before = time.monotonic()
        await asyncio.sleep(0.001)
        pauses.append(time.monotonic() - before)
    assert len(pauses) > 10
    assert sorted(pauses)[len(pauses) // 2] < 0.05


async def test_generations_take_turns(model: HuggingFaceModel) -> None:
    alone, _ = await say(model, asking("Hello"))
    together = await asyncio.gather(*(say(model, asking("Hello")) for _ in range(4)))
    assert {text for text, _ in together} == {alone}


async def test_a_prompt_over_the_window_is_refused_not_cut(model: HuggingFaceModel) -> None:
    with pytest.raises(PromptTooLong, match="500"):
        await say(model, asking("x" * 520, max_tokens=12))


async def test_a_conversation_that_the_template_refuses_is_told(tiny_model: str) -> None:
    strict = HuggingFaceModel(tiny_model)
    _, tokenizer = await strict._loaded()
    tokenizer.chat_template = "{{ raise_exception('System role not supported') }}"
    with pytest.raises(ModelUnavailable, match="System role not supported"):
        await say(strict, asking("Hello"))


async def test_a_model_that_is_not_there_is_unavailable_and_tried_again(tmp_path: Path, tiny_model: str) -> None:
    absent = HuggingFaceModel(str(tmp_path / "absent"))
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="cannot be loaded"):
            await absent.models()
    (tmp_path / "absent").symlink_to(tiny_model)
    assert await absent.models()


async def test_behind_chat_a_leaving_client_frees_the_model(
    serve: Callable[..., str], tiny_model: str, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="huggingface", hf_model=tiny_model)
    for _ in range(3):
        async with http.stream("POST", f"{url}/chat/stream", json={"message": "Hello", "max_tokens": 200}) as answer:
            assert answer.status_code == 200
            await anext(answer.aiter_text())
    with anyio.fail_after(20):
        answer = await http.post(f"{url}/chat", json={"message": "Hello", "max_tokens": 5})
    assert answer.json()["provider"] == "huggingface"
    assert answer.json()["usage"]["completion_tokens"] == 5
