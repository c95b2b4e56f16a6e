"""/health, /health/live, /health/ready and /models."""

import asyncio
import time
from collections.abc import Callable

import httpx2
import pytest

from tests.servers.ollama import OllamaServer
from tests.servers.running import refused_address, when_ready
from tests.servers.scripted import ScriptedModel


async def test_health_names_the_layer_and_its_dependencies(url: str, http: httpx2.AsyncClient) -> None:
    health = await when_ready(http, url)
    assert health["status"] == "ok"
    assert isinstance(health["layer"], int)
    assert health["version"].count(".") == 2
    assert health["uptime_seconds"] >= 0
    model = next(entry for entry in health["dependencies"] if entry["name"] == "language_model")
    assert model["status"] == "ok"
    assert model["latency_ms"] >= 0
    assert model["reason"] == "Answers are quotes; no language model writes."


async def test_live_and_ready(url: str, http: httpx2.AsyncClient) -> None:
    await when_ready(http, url)
    assert (await http.get(f"{url}/health/live")).json() == {"status": "ok"}
    assert (await http.get(f"{url}/health/ready")).json()["status"] == "ok"


async def test_auto_without_ollama_is_ok_and_names_the_provider_and_the_reason(
    serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    address = refused_address()
    url = serve(llm_provider="auto", ollama_url=address)
    await when_ready(http, url)
    for _ in range(8):  # more failures than open the breaker
        health = (await http.get(f"{url}/health")).json()
    assert health["status"] == "ok"
    reason = health["dependencies"][0]["reason"]
    assert reason.startswith("Answers are quotes; no language model writes. ")
    assert f"Ollama is not reachable at {address}. Start it: `ollama serve`." in reason
    assert (await http.get(f"{url}/health/ready")).status_code == 200


async def test_auto_with_an_empty_ollama_answers_and_suggests_a_pull(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.windows = {}
    url = serve(llm_provider="auto", ollama_url=ollama.url)
    health = await when_ready(http, url)
    providers = (await http.get(f"{url}/models")).json()["providers"]
    for reason in (health["dependencies"][0]["reason"], providers[0]["reason"]):
        assert "ollama pull" in reason
    assert (await http.post(f"{url}/chat", json={"message": "Hello?"})).json()["provider"] == "extractive"


async def test_auto_with_a_hanging_ollama_is_ok(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.listing_hangs = True
    url = serve(llm_provider="auto", ollama_url=ollama.url)
    health = await when_ready(http, url)
    assert health["status"] == "ok"
    assert "did not answer" in health["dependencies"][0]["reason"]


async def test_auto_uses_ollama_when_it_is_available(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="auto", ollama_url=ollama.url)
    health = (await http.get(f"{url}/health")).json()
    assert health["dependencies"][0]["reason"] == "ollama serves tiny:latest."


async def test_without_its_configured_model_the_service_is_degraded_and_ready(
    serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="ollama", ollama_url=refused_address())
    health = await when_ready(http, url)
    assert health["status"] == "degraded"
    [model] = [entry for entry in health["dependencies"] if entry["name"] == "language_model"]
    assert model["status"] == "degraded"
    assert model["reason"].startswith("Answers are quotes; no language model writes. Ollama is not reachable")
    assert "ollama serve" in model["reason"]


async def test_auto_misses_an_ollama_that_has_answered_before(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.adapters.llm.ollama.MODELS_SECONDS", 0.0)
    url = serve(llm_provider="auto", ollama_url=ollama.url)
    assert (await when_ready(http, url))["status"] == "ok"
    ollama.listing = b"no longer"
    answer = (await http.post(f"{url}/chat", json={"message": "Paris is in France. Where is Paris?"})).json()
    assert (answer["provider"], answer["response"]) == ("extractive", "“Paris is in France.”")
    assert answer["notice"]


async def test_each_dependency_is_probed_at_most_once_a_second(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    await when_ready(http, url)
    started, before = time.monotonic(), len(ollama.requests)
    responses = await asyncio.gather(*(http.get(f"{url}/health") for _ in range(50)))
    probes = len(ollama.requests) - before
    assert {response.json()["status"] for response in responses} == {"ok"}
    assert probes <= 1 + (time.monotonic() - started)


async def test_models_lists_models_default_and_providers(
    serve: Callable[..., str], ollama: OllamaServer, http: httpx2.AsyncClient
) -> None:
    ollama.windows = {"tiny:latest": 8192, "big:70b": 131_072}
    body = (await http.get(f"{serve(llm_provider='auto', ollama_url=ollama.url)}/models")).json()
    assert [(model["name"], model["context_window"]) for model in body["models"]] == [
        ("tiny:latest", 8192),
        ("big:70b", 16_384),
        ("extractive", 32_768),
    ]
    assert body["default"] == "tiny:latest"
    assert [(state["provider"], state["reachable"]) for state in body["providers"]] == [
        ("ollama", True),
        ("extractive", True),
    ]


@pytest.mark.parametrize("provider", ["auto", "ollama"])
async def test_models_lists_the_extractive_model_when_ollama_is_down(
    serve: Callable[..., str], http: httpx2.AsyncClient, provider: str
) -> None:
    url = serve(llm_provider=provider, ollama_url=refused_address())
    models = (await http.get(f"{url}/models")).json()
    assert ([model["name"] for model in models["models"]], models["default"]) == (["extractive"], "extractive")
    assert [state["reachable"] for state in models["providers"]] == [False, True]
    names = [model["id"] for model in (await http.get(f"{url}/v1/models")).json()["data"]]
    assert {name.partition(":")[0] for name in names} == {"extractive"}


async def test_the_extractive_model_is_listed_after_that_of_the_provider(
    serve: Callable[..., str], scripted: ScriptedModel, http: httpx2.AsyncClient
) -> None:
    url = serve(**scripted.settings)
    models = (await http.get(f"{url}/models")).json()
    assert ([model["name"] for model in models["models"]], models["default"]) == (
        ["scripted", "extractive"],
        "scripted",
    )
    ids = [model["id"] for model in (await http.get(f"{url}/v1/models")).json()["data"]]
    assert ids[0] == "scripted"
    assert "extractive" in ids
