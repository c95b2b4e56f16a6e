"""While the language model does not answer, the conversation is quoted, with a notice; else 503 says what to start."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from api.services.chat.quoting_chat import quoting_notice
from tests.chat.test_stream import events
from tests.servers.ollama import OllamaServer
from tests.servers.running import all_stopped, refused_address
from tests.servers.scripted import ScriptedModel

QUESTION = {"message": "Cats sleep all day. Paris is the capital of France. What is the capital of France?"}
QUOTE = "“Paris is the capital of France.”"


def assert_quoted(answer: dict[str, Any], *causes: str) -> None:
    assert (answer["response"], answer["model"], answer["provider"]) == (QUOTE, "extractive", "extractive")
    assert answer["notice"].startswith("These are quotes, because the language model did not answer: ")
    assert all(cause in answer["notice"] for cause in causes)
    assert answer["notice"].count(". ") == 0


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        ({"status": 500}, "answered 500"),
        ({"status": 429}, "is busy"),
        ({"pieces": ["", ""], "breaks": True}, "failed"),
        ({"held": "first"}, "sent nothing for 1 s"),
    ],
    ids=["error", "busy", "breaks_off", "silent"],
)
async def test_a_model_that_fails_before_its_first_token_is_replaced_by_quotes(
    serve: Callable[..., str],
    scripted: ScriptedModel,
    http: httpx2.AsyncClient,
    path: str,
    failure: dict[str, Any],
    cause: str,
) -> None:
    scripted.says(**failure)
    url = serve(**scripted.settings, llm_first_token_seconds=1.0 if "held" in failure else 20.0)
    response = await http.post(url + path, json=QUESTION)
    assert response.status_code == 200
    if path == "/chat":
        assert_quoted(response.json(), cause)
        return
    *tokens, (last, done) = events(response.text)
    assert ("".join(data["text"] for _, data in tokens), last) == (QUOTE, "done")
    assert_quoted(done, cause)


@pytest.mark.parametrize("provider", ["ollama", "openai"])
async def test_health_knows_at_once_that_the_model_has_gone(
    serve: Callable[..., str], start: Callable[..., Any], http: httpx2.AsyncClient, provider: str
) -> None:
    server = OllamaServer() if provider == "ollama" else ScriptedModel()
    with start(server.app) as server.url:
        url = serve(llm_provider=provider, ollama_url=server.url, openai_base_url=f"{server.url}/v1")
        models = (await http.get(f"{url}/models")).json()
        assert models["default"] != "extractive"
    all_stopped()
    assert (await http.post(f"{url}/chat", json=QUESTION)).json()["notice"]
    assert (await http.get(f"{url}/models")).json()["default"] == "extractive"


@pytest.mark.parametrize("name", [None, "tiny:latest", "anything"])
async def test_an_unreachable_model_is_replaced_by_quotes_whatever_name_is_asked_for(
    serve: Callable[..., str], http: httpx2.AsyncClient, name: str | None
) -> None:
    url = serve(llm_provider="ollama", ollama_url=refused_address())
    answer = (await http.post(f"{url}/chat", json=QUESTION | {"model": name})).json()
    assert_quoted(answer, "Ollama is not reachable")


async def test_openais_clients_get_the_quotes(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="ollama", ollama_url=refused_address())
    body = {"model": "tiny:latest", "messages": [{"role": "user", "content": QUESTION["message"]}]}
    completion = (await http.post(f"{url}/v1/chat/completions", json=body)).json()
    assert completion["model"] == "extractive"
    assert completion["choices"][0]["message"]["content"].startswith(QUOTE)


@pytest.mark.parametrize("listing", [200, 500])
@pytest.mark.parametrize("demand", [{"response_format": {"type": "json_object"}}, {"tool_choice": "required"}])
async def test_no_quote_stands_in_for_json_or_a_tool_call(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient, demand: dict[str, Any], listing: int
) -> None:
    scripted.fails(500)
    scripted.listing_status = listing
    tools = [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]
    body = {"messages": [{"role": "user", "content": QUESTION["message"]}], "tools": tools} | demand
    response = await http.post(f"{serve(**scripted.settings)}/v1/chat/completions", json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "model_unavailable")


@pytest.mark.parametrize("provider", ["auto", "ollama"])
@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_with_nothing_to_quote_503_says_why(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, provider: str, path: str
) -> None:
    ollama.behaviour = "error500"
    url = serve(llm_provider=provider, ollama_url=ollama.url)
    response = await http.post(url + path, json={"message": "Hello"})
    assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
    assert "500" in response.json()["detail"]


async def test_with_nothing_to_quote_503_says_what_to_start(
    serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="ollama", ollama_url=refused_address())
    response = await http.post(f"{url}/chat", json={"message": "Hello"})
    assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
    assert "ollama serve" in response.json()["detail"]
    assert int(response.headers["Retry-After"]) > 0


async def test_a_failure_after_the_first_token_is_an_error_event(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient
) -> None:
    scripted.says("Paris is", breaks=True)
    response = await http.post(f"{serve(**scripted.settings)}/chat/stream", json=QUESTION)
    assert [event for event, _ in events(response.text)] == ["token", "token", "error"]
    assert len(scripted.bodies) == 1


@pytest.mark.parametrize("held", ["", "first"])
async def test_extractive_can_be_asked_for_whatever_the_provider_does(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient, held: str
) -> None:
    scripted.says("Something else.", held=held)
    url = serve(**scripted.settings)
    answer = (await http.post(f"{url}/chat", json=QUESTION | {"model": "extractive"})).json()
    assert (answer["response"], answer["provider"], answer["notice"]) == (QUOTE, "extractive", None)
    assert scripted.bodies == []


async def test_an_unknown_name_is_404_while_the_provider_answers(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient
) -> None:
    response = await http.post(f"{serve(**scripted.settings)}/chat", json=QUESTION | {"model": "absent"})
    assert (response.status_code, response.json()["code"]) == (404, "model_not_found")


async def test_auto_without_ollama_quotes_without_a_notice(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="auto", ollama_url=refused_address())
    answer = (await http.post(f"{url}/chat", json=QUESTION)).json()
    assert (answer["response"], answer["notice"]) == (QUOTE, None)


def test_the_notice_is_one_sentence() -> None:
    reason = "Ollama is not reachable at http://127.0.0.1:11434. Start it: `ollama serve`."
    assert quoting_notice(reason) == (
        "These are quotes, because the language model did not answer: "
        "Ollama is not reachable at http://127.0.0.1:11434."
    )
