"""Documents at /v1: sources as annotations, the fields of /chat, and requests that leave the documents out."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.grounded.conftest import prompt_of
from tests.library import Reader
from tests.servers.ollama import OllamaServer

QUESTION = "Who was the architect of the Svindersund bridge?"
MESSAGES = [{"role": "user", "content": QUESTION}]
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
CALLED: list[dict[str, Any]] = [
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "Sunny."},
]
TITLE_TASK = f'Write a title as {{"title": "..."}}\n<chat_history>\nUSER: {QUESTION}\n</chat_history>'


async def complete(asker: Reader, **body: Any) -> dict[str, Any]:
    [choice] = (await asker.post("/v1/chat/completions", **{"messages": MESSAGES} | body))["choices"]
    return dict(choice)


async def content(asker: Reader, **body: Any) -> str:
    return str((await complete(asker, **body))["message"]["content"])


async def streamed(asker: Reader, **body: Any) -> list[dict[str, Any]]:
    body = {"messages": MESSAGES, "stream": True} | body
    response = await asker.http.post(f"{asker.url}/v1/chat/completions", json=body)
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: {")]
    return [json.loads(line) for line in lines]


def used_documents(model: OllamaServer) -> bool:
    return "Karin Holm" in prompt_of(model)


async def test_a_source_is_an_annotation_whose_url_names_the_quote(asker: Reader, model: OllamaServer) -> None:
    model.words = ("The architect ", "was Karin Holm ", "[1].")
    message = (await complete(asker))["message"]
    [annotation] = message["annotations"]
    cited = annotation["url_citation"]
    assert annotation["type"] == "url_citation"
    assert cited["title"] == "bridge.txt"
    assert message["content"][cited["start_index"] : cited["end_index"]] == "[1]"
    assert cited["url"].startswith(f"{asker.url}/#/documents/")
    path, _, query = urlsplit(cited["url"]).fragment.partition("?")
    span = {name: values[0] for name, values in parse_qs(query).items()}
    text = await asker.get(f"{path}/text", **span)
    assert text["text"].strip().startswith("Its architect was Karin Holm")


async def test_a_stream_ends_with_the_annotations_and_then_the_reason(asker: Reader, model: OllamaServer) -> None:
    model.words = ("The architect was Karin Holm [1]. ", "Before, the ferry Vega crossed the Svindersund [2].")
    *tokens, annotated, last = await streamed(asker)
    assert "".join(chunk["choices"][0]["delta"]["content"] for chunk in tokens) == "".join(model.words)
    titles = [a["url_citation"]["title"] for a in annotated["choices"][0]["delta"]["annotations"]]
    assert titles == ["bridge.txt", "ferry.txt"]
    assert last["choices"][0] == {"index": 0, "delta": {}, "finish_reason": "stop", "logprobs": None}
    assert {chunk["model"] for chunk in [*tokens, annotated, last]} == {"tiny:latest"}


async def test_the_fields_of_chat_are_honoured(asker: Reader, model: OllamaServer) -> None:
    await content(asker, use_rag=False)
    assert not used_documents(model)
    await content(asker, top_k=1)
    assert "ferry.txt" not in prompt_of(model)
    assert "nothing" in await content(asker, filters={"year": 1900})
    assert await content(asker, filters={"year": 1900}, on_no_evidence="answer") == "Nothing."
    documents = (await asker.get("/documents"))["documents"]
    [ferry] = [document["id"] for document in documents if document["filename"] == "ferry.txt"]
    await content(asker, messages=[{"role": "user", "content": "Who crossed the Svindersund?"}], document_ids=[ferry])
    assert not used_documents(model)


async def test_an_error_in_these_fields_names_them(asker: Reader) -> None:
    body = {"messages": MESSAGES, "document_ids": ["x"], "filters": {"year": [1, {}]}}
    response = await asker.http.post(f"{asker.url}/v1/chat/completions", json=body)
    assert (response.status_code, response.json()["error"]["param"]) == (400, "filters.year[1]")


async def test_each_model_has_a_twin_without_documents(asker: Reader, model: OllamaServer) -> None:
    names = [entry["id"] for entry in (await asker.get("/v1/models"))["data"]]
    assert {"tiny:latest", "tiny:latest:no-documents"} <= set(names)
    assert (await asker.get("/v1/models/tiny:latest:no-documents"))["owned_by"] == "ollama"
    await content(asker, model="tiny:latest:no-documents")
    assert model.chats[-1]["model"] == "tiny:latest"
    assert not used_documents(model)


@pytest.mark.parametrize(
    "body",
    [
        {"response_format": {"type": "json_object"}},
        {"messages": MESSAGES + CALLED, "tools": TOOLS},
        {"messages": [{"role": "user", "content": TITLE_TASK}], "stream": False},
    ],
    ids=["JSON", "the result of a tool", "a background task"],
)
async def test_some_requests_reach_the_model_without_documents(
    asker: Reader, model: OllamaServer, body: dict[str, Any]
) -> None:
    assert await content(asker, **body) == "Nothing."
    assert not any("Karin Holm" in message["content"] for message in model.chats[-1]["messages"])


async def test_they_use_the_documents_if_they_say_so(asker: Reader, model: OllamaServer) -> None:
    await content(asker, response_format={"type": "json_object"}, use_rag=True)
    assert used_documents(model)
    await content(asker, messages=MESSAGES + CALLED, use_rag=True)
    assert "Karin Holm" in model.chats[-1]["messages"][-3]["content"]


async def test_tools_are_passed_on_beside_the_documents(asker: Reader, model: OllamaServer) -> None:
    await content(asker, tools=TOOLS)
    assert used_documents(model)
    assert model.chats[-1]["tools"] == TOOLS


async def test_a_question_outside_the_documents_reaches_a_model_that_has_tools(
    asker: Reader, model: OllamaServer
) -> None:
    outside = [{"role": "user", "content": "What is the weather in Paris?"}]
    assert "nothing" in await content(asker, messages=outside)
    assert await content(asker, messages=outside, tools=TOOLS) == "Nothing."
    assert model.chats[-1]["tools"] == TOOLS


@pytest.mark.parametrize("stream", [True, False])
async def test_a_notice_is_a_line_below_the_answer(asker: Reader, model: OllamaServer, stream: bool) -> None:
    large = [{"type": "function", "function": {"name": "weather", "description": "x" * 50_000}}]
    if stream:
        deltas = [chunk["choices"][0]["delta"] for chunk in await streamed(asker, tools=large, use_rag=False)]
        text = "".join(delta.get("content", "") for delta in deltas)
    else:
        text = await content(asker, tools=large, use_rag=False)
    assert text.startswith("Nothing.\n\n*The tools of this request were left out")


@pytest.mark.parametrize(
    ("limit", "reason"), [({"max_tokens": 8}, "length"), ({"stop": "architect"}, "stop"), ({"stop": ["[1]"]}, "stop")]
)
async def test_quotes_are_cut_as_an_answer_would_be(
    library: str, http: httpx2.AsyncClient, limit: dict[str, Any], reason: str
) -> None:
    reader = Reader(http, library)
    await reader.uploaded("The Svindersund bridge was drawn by the architect Karin Holm.", "drawn.txt")
    choice = await complete(reader, **limit)
    full = await content(reader)
    assert choice["finish_reason"] == reason
    assert full.startswith(choice["message"]["content"])
    assert len(choice["message"]["content"]) < len(full)
    assert len(choice["message"]["annotations"]) == 1
