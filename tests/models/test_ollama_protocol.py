"""Layer 1 with a real language model behind an independent server that speaks Ollama's protocol."""

import httpx2

from tests.models.conftest import PROXIED


def test_a_chat_is_answered_through_ollamas_protocol(ollama_layer: httpx2.Client) -> None:
    models = ollama_layer.get("/models").json()
    assert models["default"] == PROXIED
    body = {"message": "The capital of France is", "temperature": 0, "max_tokens": 8}
    answer = ollama_layer.post("/chat", json=body).json()
    assert (answer["model"], answer["provider"]) == (PROXIED, "ollama")
    assert answer["response"].strip()
    assert answer["usage"]["completion_tokens"] > 0
    streamed = ollama_layer.post("/chat/stream", json=body).text
    assert streamed.count("event: token") > 1
    assert "event: done" in streamed
