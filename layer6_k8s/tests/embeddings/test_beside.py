"""The application with a server of embeddings beside it, which is another MyStack."""

from collections.abc import Callable
from typing import Any

import httpx2
import numpy as np

TEXTS = ["The library opens at nine.", "Cats sleep all day.", "The library opens at nine."]


async def embedded(http: httpx2.AsyncClient, url: str) -> Any:
    answer = await http.post(f"{url}/v1/embeddings", json={"input": TEXTS})
    assert answer.status_code == 200, answer.text
    return np.array([each["embedding"] for each in answer.json()["data"]])


async def dependencies(http: httpx2.AsyncClient, url: str) -> dict[str, Any]:
    return {each["name"]: each for each in (await http.get(f"{url}/health")).json()["dependencies"]}


async def test_its_vectors_are_those_of_the_model_in_the_process(
    serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    models = serve()
    url = serve(embedding_url=f"{models}/v1", embedding_fallback=False, embedding_seconds=20)
    np.testing.assert_allclose(await embedded(http, url), await embedded(http, models), atol=1e-6)
    server = (await dependencies(http, url))["embedding_server"]
    assert (server["status"], "runs the same model" in server["reason"]) == ("ok", True)


async def test_without_that_server_questions_are_answered_or_get_503(
    serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    degraded = serve(embedding_url="http://127.0.0.1:1/v1")
    assert len(await embedded(http, degraded)) == len(TEXTS)
    assert (await dependencies(http, degraded))["embedding_server"]["status"] == "degraded"
    strict = serve(embedding_url="http://127.0.0.1:1/v1", embedding_fallback=False)
    answer = await http.post(f"{strict}/v1/embeddings", json={"input": TEXTS})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "embedding_server_failed"
    assert "does not answer (ConnectError)" in answer.json()["error"]["message"]
    assert (await dependencies(http, strict))["embedding_server"]["status"] == "down"


async def test_without_its_address_there_is_no_such_server(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    assert "embedding_server" not in await dependencies(http, serve())
