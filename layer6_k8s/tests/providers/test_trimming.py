"""Conversations longer than the model's context window."""

from collections.abc import Callable

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import PromptTooLong
from api.services.chat.budget import fit, prompt_tokens
from api.services.chat.turn import Message
from tests.servers.ollama import OllamaServer


async def test_the_oldest_messages_are_trimmed_first_and_counted(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.windows = {"tiny:latest": 1024}
    url = serve(llm_provider="ollama", ollama_url=ollama.url, system_prompt="Be brief.")
    history = [{"role": ("user", "assistant")[i % 2], "content": f"{i} " + "word " * 40} for i in range(20)]
    response = await http.post(f"{url}/chat", json={"message": "Last?", "history": history, "max_tokens": 100})
    sent = [message["content"] for message in ollama.chats[0]["messages"]]
    kept = len(sent) - 2
    assert sent == ["Be brief.", *(message["content"] for message in history[20 - kept :]), "Last?"]
    assert 0 < kept < 20
    assert response.json()["usage"]["trimmed_messages"] == 20 - kept


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_a_single_message_that_is_too_long_gets_400(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, path: str
) -> None:
    ollama.windows = {"tiny:latest": 1024}
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    response = await http.post(url + path, json={"message": "word " * 1600})
    assert (response.status_code, response.json()["code"]) == (400, "prompt_too_long")
    assert "1024" in response.json()["detail"]
    assert ollama.chats == []


messages = st.builds(Message, st.sampled_from(["system", "user", "assistant"]), st.text(max_size=200))


@given(st.lists(messages, min_size=1, max_size=12), st.integers(1, 600), st.integers(0, 300))
def test_the_newest_messages_that_fit_are_kept(conversation: list[Message], window: int, reserve: int) -> None:
    try:
        kept, trimmed = fit(conversation, window, reserve)
    except PromptTooLong:
        required = [message for message in conversation[:-1] if message.role == "system"] + [conversation[-1]]
        assert prompt_tokens(required) > window - reserve
        return
    assert prompt_tokens(kept) <= window - reserve
    assert len(kept) + trimmed == len(conversation)
    systems = [message for message in conversation[:-1] if message.role == "system"]
    others = [message for message in conversation[:-1] if message.role != "system"]
    assert [message for message in kept[:-1] if message.role == "system"] == systems
    assert [message for message in kept[:-1] if message.role != "system"] == others[trimmed:]
    assert kept[-1] is conversation[-1]
