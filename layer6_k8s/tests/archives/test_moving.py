"""A tenant is exported, and imported into another installation."""

import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from tests.archives.moving import ended, exported, imported
from tests.archives.test_refusals import changed, head
from tests.isolation.conftest import Client, fill
from tests.tenants.operating import ADMIN_KEY, Operator, bearer

QUESTION = "Until when does the wolverine of Grimsholm sleep?"


@pytest.fixture
def installed(
    stores: Callable[[], dict[str, Any]], serve: Callable[..., str], http: httpx2.AsyncClient
) -> Callable[..., Operator]:
    """The operator of another installation, at each call."""

    def install(**settings: Any) -> Operator:
        url = serve(
            **stores(), llm_provider="extractive", use_rag=True, admin_key=ADMIN_KEY, quality_sample=0, **settings
        )
        return Operator(http, url)

    return install


@asynccontextmanager
async def client_of(operator: Operator, tenant_id: str) -> AsyncIterator[Client]:
    key = await operator.key(tenant_id, "read", "write", "admin")
    async with httpx2.AsyncClient(base_url=operator.url, timeout=60, trust_env=False, headers=bearer(key)) as http:
        yield Client(http)


async def shown(client: Client) -> dict[str, Any]:
    """What a tenant sees of what it has."""
    paths = ("/documents", "/conversations", "/feedback", "/sources", "/models/ab-test")
    return {path: await client.get(path) for path in paths}


def entries(archive: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return dict(json.loads(opened.read("manifest.json"))["entries"])


async def test_everything_is_found_again_with_equal_answers(installed: Callable[..., Operator]) -> None:
    here, there = installed(), installed()
    tenant_id = await here.tenant("acme", documents=100)
    async with client_of(here, tenant_id) as before:
        await fill(before, "wolverine")
        _, archive = await exported(here, tenant_id)

        answer = await imported(there, archive, name="acme-2")

        assert answer.status_code == 201, answer.text
        moved = answer.json()
        assert (moved["tenant"]["name"], moved["tenant"]["quotas"]["documents"]) == ("acme-2", 100)
        assert (moved["embedded"], moved["job"]) == (True, None)
        _, again = await exported(there, moved["tenant"]["id"])
        assert entries(again) == entries(archive), "every checksum is the same"
        async with client_of(there, moved["tenant"]["id"]) as after:
            assert await shown(after) == await shown(before)
            assert await found(after) == await found(before)
            for path in ("/documents/{document_id}/file", "/conversations/{conversation_id}"):
                paths = path.format(**before.ids)
                assert (await after.http.get(paths)).content == (await before.http.get(paths)).content


async def found(client: Client) -> dict[str, Any]:
    """What is found for a question, with scores, and what is answered, with citations."""
    answer = await client.post("/chat", {"message": QUESTION, "store": False})
    hits = await client.post("/search", {"query": QUESTION, "top_k": 5})
    assert hits["hits"]
    return {"hits": hits["hits"], "answer": answer["response"], "sources": answer["sources"]}


async def test_an_archive_holds_no_secret_and_no_other_tenant(installed: Callable[..., Operator]) -> None:
    here = installed()
    tenant_id, other = await here.tenant("acme"), await here.tenant("other")
    key = await here.made(tenant_id, "read")
    async with client_of(here, other) as client:
        await fill(client, "wolverine")
    _, archive = await exported(here, tenant_id)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        content = b"".join(opened.read(name) for name in opened.namelist())
    assert b"a test" in content, "the name of the key"
    assert key["key"].split("_", 2)[2].encode() not in content
    assert b"sha256" not in content
    assert b"wolverine" not in content


async def test_vectors_of_another_model_are_computed_anew(installed: Callable[..., Operator]) -> None:
    here, there = installed(), installed()
    tenant_id = await here.tenant("acme")
    async with client_of(here, tenant_id) as before:
        await fill(before, "wolverine")
        _, archive = await exported(here, tenant_id)
        answer = (await imported(there, changed(archive, head(space=["another-model", 384])))).json()
        assert answer["embedded"] is False
        await ended(there, answer["tenant"]["id"], answer["job"]["id"])
        async with client_of(there, answer["tenant"]["id"]) as after:
            old, new = [await one.post("/search", {"query": QUESTION}) for one in (before, after)]
    assert [hit["text"] for hit in new["hits"]] == [hit["text"] for hit in old["hits"]]
    scores = [[hit["dense_score"] for hit in found["hits"]] for found in (old, new)]
    assert scores[1] == pytest.approx(scores[0], abs=0.02)


async def test_an_archive_of_a_tenant_that_is_there_is_refused(installed: Callable[..., Operator]) -> None:
    here = installed()
    tenant_id = await here.tenant("acme")
    async with client_of(here, tenant_id) as client:
        await fill(client, "wolverine")
    _, archive = await exported(here, tenant_id)
    answer = await imported(here, archive, name="copy")
    assert (answer.status_code, answer.json()["code"]) == (409, "archive_in_use"), answer.text
    tenants = (await here.ask("GET", "/admin/tenants")).json()["tenants"]
    assert [tenant["name"] for tenant in tenants] == ["acme", "default"]
