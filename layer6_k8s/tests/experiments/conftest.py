"""A service that records runs, and what a run looks like."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from api.config import Settings
from api.main import create_app
from tests.library import Reader

SHA256 = "a" * 64


def new_run(**more: Any) -> dict[str, Any]:
    """The body of a run that measured a space and a prompt."""
    return {
        "version": "5.0.0",
        "commit": "0123abc",
        "settings": {"top_k": 5, "rewrite_questions": True, "llm_provider": "extractive", "ollama_model": None},
        "embedding_space": "small@1/fp32/384",
        "prompt": "Answer briefly.",
        "model": "extractive/extractive",
        "data": {"name": "golden", "sha256": SHA256},
        "metrics": measures(0.9),
        "results": [{"question": "When?", "scores": {"R@5, hybrid": 1}}, {"question": "Who?", "scores": {}}],
    } | more


def measures(recall: float, **more: float) -> list[dict[str, Any]]:
    """The metrics of a run."""
    values = {"R@5, hybrid": recall, "Markers have a source": 1.0} | more
    return [{"name": name, "value": value, "unit": "", "passed": None} for name, value in values.items()]


@pytest.fixture
async def service(
    http: httpx2.AsyncClient, settings: Callable[..., Settings], start: Callable[..., Any]
) -> AsyncIterator[Reader]:
    with start(create_app(settings())) as url:
        yield Reader(http, url)


async def recorded(service: Reader, experiment: str = "eval", **more: Any) -> dict[str, Any]:
    """A run that was recorded."""
    response = await service.http.post(f"{service.url}/experiments/{experiment}/runs", json=new_run(**more))
    assert response.status_code == 201, response.text
    return dict(response.json())


async def promoted(service: Reader, run: dict[str, Any]) -> httpx2.Response:
    return await service.http.post(f"{service.url}/experiments/runs/{run['id']}/promote")
