"""One service, with the tenants `alpha`, who has something of everything, and `beta`, who tries to get at it."""

import json
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx2
import pytest

from tests.isolation.walls import WALLS

ADMIN_KEY = "the-operator-of-the-tests"
SECRETS = ("wolverine", "Grimsholm", "thawtide")
"""Words of alpha's documents, questions, names and addresses."""
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VOLATILE = re.compile(
    r'"(?:created|latency_ms|uptime_seconds|embed|search|total|checked_at|request_id)": ?(?:"[^"]*"|[0-9.]+)'
)


@dataclass
class Client:
    """A tenant's own client."""

    http: httpx2.AsyncClient
    ids: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **params: Any) -> Any:
        response = await self.http.get(path, params=params)
        assert response.status_code == 200, f"{path}: {response.text}"
        return response.json()

    async def post(self, path: str, body: Any = None, **more: Any) -> Any:
        response = await self.http.post(path, json=body, **more)
        assert response.status_code in (200, 201, 202), f"{path}: {response.text}"
        return response.json()

    async def upload(self, text: str, name: str) -> dict[str, Any]:
        response = await self.http.post("/documents", files={"file": (name, text.encode())})
        assert response.status_code in (200, 201, 202), response.text
        document = dict(response.json())
        assert document["status"] == "ready", document
        return document

    async def ended(self, batch_id: str) -> None:
        deadline = time.monotonic() + 60
        while (batch := await self.get(f"/jobs/batches/{batch_id}"))["waiting"]:
            assert time.monotonic() < deadline, batch
            await anyio.sleep(0.05)

    async def state(self, paths: list[str]) -> dict[str, str]:
        """What each of these GETs answers, without what differs from call to call."""
        answers = {path: await self.http.get(path) for path in paths}
        return {path: f"{a.status_code} {VOLATILE.sub('', a.text)}" for path, a in answers.items()}


@dataclass
class Both:
    alpha: Client
    beta: Client
    document: dict[str, Any]
    """Of OpenAPI."""

    def listings(self) -> list[str]:
        """Paths of GETs without parameters in the path that are about a tenant's own."""
        paths = self.document["paths"]
        return [
            path
            for path, operations in paths.items()
            if "get" in operations and "{" not in path and not path.startswith(("/health", "/admin", "/dashboard"))
        ]


@pytest.fixture(params=WALLS)
async def both(
    request: pytest.FixtureRequest, stores: Callable[[], dict[str, Any]], serve: Callable[..., str]
) -> AsyncIterator[Both]:
    where = stores()
    url = serve(**where, llm_provider="extractive", use_rag=True, admin_key=ADMIN_KEY, quality_sample=0)
    WALLS[request.param](where["database_url"])
    async with httpx2.AsyncClient(base_url=url, timeout=60, trust_env=False, verify=False) as operator:
        operator.headers["Authorization"] = f"Bearer {ADMIN_KEY}"
        clients = []
        for name in ("alpha", "beta"):
            tenant = (await operator.post("/admin/tenants", json={"name": name})).json()
            body = {"name": "a test", "scopes": ["read", "write", "admin"]}
            made = (await operator.post(f"/admin/tenants/{tenant['id']}/keys", json=body)).json()
            headers = {"Authorization": f"Bearer {made['key']}"}
            http = httpx2.AsyncClient(base_url=url, timeout=60, trust_env=False, verify=False, headers=headers)
            clients.append(Client(http, {"tenant_id": tenant["id"], "key_id": made["id"]}))
        document = (await operator.get("/openapi.json")).json()
        yield Both(clients[0], clients[1], document)
        for client in clients:
            await client.http.aclose()


async def fill(client: Client, secret: str) -> None:
    """Something of everything that a tenant may have, full of the secret."""
    document = await client.upload(f"The {secret} of Grimsholm sleeps until thawtide.\nIt eats snow.", f"{secret}.txt")
    client.ids["document_id"] = document["id"]
    chunks = await client.get(f"/documents/{document['id']}/chunks")
    client.ids["chunk_id"] = chunks["chunks"][0]["id"]
    answer = await client.post("/chat", {"message": f"Until when does the {secret} of Grimsholm sleep?"})
    assert "thawtide" in answer["response"], answer
    client.ids |= {"conversation_id": answer["conversation_id"], "message_id": answer["message_id"]}
    await client.post("/feedback", {"message_id": answer["message_id"], "rating": "up", "comment": secret})
    source = await client.post("/sources", {"kind": "url", "url": f"http://127.0.0.1:1/{secret}"})
    client.ids["source_id"] = source["id"]
    batch = await client.http.post("/documents/batch-upload", files={"files": (f"{secret}-2.txt", secret.encode() * 3)})
    assert batch.status_code == 202, batch.text
    client.ids |= {"batch_id": batch.json()["batch_id"], "job_id": batch.json()["jobs"][0]["job_id"]}
    await client.ended(client.ids["batch_id"])
    arms = [{"name": "a", "weight": 1}, {"name": "b", "weight": 1, "overrides": {"top_k": 3}}]
    test = await client.post("/models/ab-test", {"name": secret, "arms": arms, "horizon": 100})
    client.ids["test_id"] = test["id"]


def filled(value: Any, ids: dict[str, str], key: str = "") -> Any:
    """An example of the OpenAPI document, with another tenant's ids in the place of its own."""
    if isinstance(value, dict):
        return {name: filled(inner, ids, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, ids, key) for inner in value]
    if key == "url":
        return "http://127.0.0.1:1/nothing"
    named = ids.get(key.removesuffix("s")) or ids.get({"replaces": "document_id"}.get(key, ""))
    return named if named and isinstance(value, str) and UUID.fullmatch(value) else value


def found_in(text: str, foreign: dict[str, str], sent: str) -> list[str]:
    """What a response tells of the other tenant, apart from what the request has said itself."""
    secrets = [word for word in SECRETS if word.lower() in text.lower() and word.lower() not in sent.lower()]
    return secrets + [name for name, id in foreign.items() if id in text and id not in sent]


def as_text(*parts: Any) -> str:
    return " ".join(part if isinstance(part, str) else json.dumps(part) for part in parts)
