"""Two tenants of one service, by their keys."""

import time

import anyio
import pytest

from tests.tenants.operating import Operator

TEXT = b"The lighthouse of Norwick is painted every seven years."


async def uploaded(service: Operator, key: str) -> str:
    """The id of a document, once it is ready."""
    answer = await service.ask("POST", "/documents/upload", key, files={"file": ("lighthouse.txt", TEXT)})
    assert answer.status_code in (201, 202), answer.text
    document, deadline = answer.json(), time.monotonic() + 60
    while document["status"] != "ready":
        assert time.monotonic() < deadline, document
        await anyio.sleep(0.05)
        document = (await service.ask("GET", f"/documents/{document['id']}", key)).json()
    return str(document["id"])


@pytest.fixture
async def owned(operator: Operator, request: pytest.FixtureRequest) -> tuple[str, str, str]:
    """The id of a tenant with a document, a key of it, and the id of the document."""
    tenant = await operator.tenant(f"owner-{abs(hash(request.node.name))}")
    key = await operator.key(tenant)
    return tenant, key, await uploaded(operator, key)


async def test_a_tenant_finds_its_document_and_another_does_not(
    operator: Operator, owned: tuple[str, str, str]
) -> None:
    _, key, document = owned
    other = await operator.key(await operator.tenant("sees-nothing"))
    question = {"query": "How often is the lighthouse painted?"}
    assert len((await operator.ask("POST", "/search", key, json=question)).json()["hits"]) == 1
    assert (await operator.ask("POST", "/search", other, json=question)).json()["hits"] == []
    for path in ("", "/chunks", "/text", "/file"):
        assert await operator.status(key, path=f"/documents/{document}{path}") == 200
        assert await operator.status(other, path=f"/documents/{document}{path}") == 404
    assert await operator.status(other, "DELETE", f"/documents/{document}") == 404
    assert (await operator.ask("GET", "/documents", other)).json()["documents"] == []
    assert (await operator.ask("GET", "/jobs", other)).json()["jobs"] == []


async def test_a_tenant_is_deleted_with_its_documents(operator: Operator, owned: tuple[str, str, str]) -> None:
    tenant, key, _ = owned
    assert (await operator.ask("DELETE", f"/admin/tenants/{tenant}")).status_code == 204
    assert await operator.status(key) == 401
    again = await operator.tenant("after-the-deletion")
    assert (await operator.ask("GET", "/documents", await operator.key(again))).json()["documents"] == []
