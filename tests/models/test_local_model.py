"""Layer 2 with a real language model, which is small and follows few instructions."""

import json
from typing import Any

import httpx2
import openai

from tests.models.serve import NAME

PLAIN = {"message": "The capital of France is", "use_rag": False, "temperature": 0, "max_tokens": 8}
ARCHITECT = "Who was the architect of the Svindersund bridge?"
QUESTION = {"message": ARCHITECT, "temperature": 0, "max_tokens": 32, "top_k": 1}


def test_a_plain_chat_streams_the_tokens_of_the_model(rag: httpx2.Client) -> None:
    streamed = _events(rag.post("/chat/stream", json=PLAIN))
    tokens = [data["text"] for event, data in streamed if event == "token"]
    event, done = streamed[-1]
    assert event == "done"
    assert len(tokens) > 1
    assert "".join(tokens) == done["response"]
    assert (done["model"], done["provider"]) == (NAME, "openai")


def test_the_provider_counts_the_tokens_and_says_that_the_answer_is_cut_off(rag: httpx2.Client) -> None:
    answer = rag.post("/chat", json=PLAIN).json()
    assert (answer["finish_reason"], answer["usage"]["completion_tokens"]) == ("length", PLAIN["max_tokens"])
    assert answer["usage"]["estimated"] is False


def test_every_source_of_an_answer_from_documents_holds(rag: httpx2.Client) -> None:
    answer = rag.post("/chat", json=QUESTION).json()
    assert answer["response"].strip()
    assert answer["refusal"] is None
    for source in answer["sources"]:
        text = rag.get(f"/documents/{source['document_id']}/text").json()["text"]
        assert text[source["start"] : source["end"]] == source["quote"]
        assert f"[{source['marker']}]" in answer["response"]


def test_an_answer_from_documents_streams(rag: httpx2.Client) -> None:
    streamed = _events(rag.post("/chat/stream", json=QUESTION))
    assert [streamed[0][0], streamed[-1][0]] == ["sources", "done"]


def test_openais_sdk_gets_the_answer(rag: httpx2.Client) -> None:
    with openai.OpenAI(base_url=f"{rag.base_url}/v1", api_key="none", http_client=_client()) as client:
        completion = client.chat.completions.create(
            model=NAME, messages=[{"role": "user", "content": ARCHITECT}], max_tokens=16, temperature=0
        )
        assert NAME in [model.id for model in client.models.list()]
    assert completion.model == NAME
    assert completion.choices[0].message.content


def test_models_and_health_name_the_model(rag: httpx2.Client) -> None:
    models = rag.get("/models").json()
    assert models["default"] == NAME
    assert models["providers"][0] == {"provider": "openai", "reachable": True, "reason": None}
    health = rag.get("/health").json()
    reasons = {entry["name"]: entry["reason"] for entry in health["dependencies"]}
    assert health["status"] == "ok"
    assert reasons["language_model"].startswith(f"openai serves {NAME}.")


def _events(response: httpx2.Response) -> list[tuple[str, Any]]:
    assert response.status_code == httpx2.codes.OK, response.text
    blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in response.text.strip().split("\n\n")]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def _client() -> httpx2.Client:
    return httpx2.Client(timeout=120, trust_env=False)
