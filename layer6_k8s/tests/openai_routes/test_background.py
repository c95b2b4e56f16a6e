"""Background tasks of chat front ends at /v1."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.servers.openai import OpenAIServer

TASK = """Write a short title for the chat.
Reply with JSON: { "title": "..." }
<chat_history>
USER: Who named oxygen?
ASSISTANT: Antoine Lavoisier did, in 1777.
</chat_history>"""
BODY: dict[str, Any] = {"messages": [{"role": "user", "content": TASK}], "stream": False, "max_tokens": 1000}


async def test_without_a_model_a_title_comes_from_the_first_question(url: str, http: httpx2.AsyncClient) -> None:
    answer = (await http.post(f"{url}/v1/chat/completions", json=BODY)).json()
    assert json.loads(answer["choices"][0]["message"]["content"]) == {"title": "Who named oxygen"}
    assert answer["model"] == "extractive"


async def test_a_model_writes_the_title_itself(
    serve: Callable[..., str], openai_server: OpenAIServer, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="openai", openai_base_url=openai_server.url, openai_api_key=openai_server.key)
    answer = (await http.post(f"{url}/v1/chat/completions", json=BODY)).json()
    assert answer["choices"][0]["message"]["content"] == "Paris is the capital of France."
    assert openai_server.chats[0]["messages"][-1]["content"] == TASK


@pytest.mark.parametrize("change", [{"stream": True}, {"messages": [*BODY["messages"] * 2]}])
async def test_a_stream_or_a_longer_conversation_is_answered_as_a_question(
    url: str, http: httpx2.AsyncClient, change: dict[str, Any]
) -> None:
    answer = await http.post(f"{url}/v1/chat/completions", json=BODY | change)
    assert "Who named oxygen" not in answer.text or "title" not in answer.text
