"""Which scope each operation needs. A new operation fails this test until somebody has said what it needs."""

import re
from typing import Any

import pytest

from api.config import Settings
from api.main import create_app
from api.services.tenants.permissions import need
from tests.tenants.operating import Operator

DOCUMENT: dict[str, Any] = create_app(Settings(_env_file=None)).openapi()
OPERATIONS = sorted((method.upper(), path) for path, operations in DOCUMENT["paths"].items() for method in operations)
OPEN = {("GET", "/health"), ("GET", "/health/live"), ("GET", "/health/ready")}
QUESTIONS = {
    ("POST", "/chat"),
    ("POST", "/chat/stream"),
    ("POST", "/search"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/embeddings"),
}
WRITE = {
    ("DELETE", "/conversations/{conversation_id}"),
    ("DELETE", "/documents/{document_id}"),
    ("DELETE", "/feedback/{message_id}"),
    ("DELETE", "/sources/{source_id}"),
    ("PATCH", "/conversations/{conversation_id}"),
    ("POST", "/documents"),
    ("POST", "/documents/batch-upload"),
    ("POST", "/documents/guides"),
    ("POST", "/documents/upload"),
    ("POST", "/experiments/{experiment}/runs"),
    ("POST", "/feedback"),
    ("POST", "/jobs/check-answers"),
    ("POST", "/jobs/check-quality"),
    ("POST", "/jobs/process-document"),
    ("POST", "/jobs/process-outdated"),
    ("POST", "/jobs/retry"),
    ("POST", "/jobs/{job_id}/cancel"),
    ("POST", "/jobs/{job_id}/retry"),
    ("POST", "/sources"),
    ("POST", "/sources/sync"),
    ("POST", "/sources/{source_id}/sync"),
}
ADMIN = {
    ("PATCH", "/models/ab-test/{test_id}"),
    ("POST", "/experiments/runs/{run_id}/promote"),
    ("POST", "/jobs/refresh-embeddings"),
    ("POST", "/models/ab-test"),
}
ELSE = "11111111-1111-4111-8111-111111111111"


def expected(method: str, path: str) -> str:
    if path.startswith("/admin/") or path in ("/metrics", "/dashboard/data"):
        return "operator"
    if (method, path) in ADMIN:
        return "admin"
    return "write" if (method, path) in WRITE else "read"


def concrete(path: str) -> str:
    return re.sub(r"\{[a-z_]+\}", ELSE, path)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_needs_what_this_table_says(method: str, path: str) -> None:
    if method != "GET" and not path.startswith("/admin/"):
        assert (method, path) in QUESTIONS | WRITE | ADMIN
    assert need(method, concrete(path)) == expected(method, path)


async def test_a_scope_opens_only_its_own_operations(operator: Operator) -> None:
    tenant = await operator.tenant("scopes")
    keys = {scope: await operator.key(tenant, scope) for scope in ("read", "write", "admin")}
    for method, path in OPERATIONS:
        if (method, path) in OPEN:
            continue
        needed = expected(method, path)
        for scope, key in keys.items():
            if scope != needed:
                answer = await operator.ask(method, concrete(path), key)
                body = answer.json()
                code = body["error"]["code"] if path.startswith("/v1/") else body["code"]
                wanted = "admin_key_needed" if needed == "operator" else "scope_missing"
                assert (answer.status_code, code) == (403, wanted), (method, path, scope)


async def test_no_operation_but_health_answers_without_a_credential(operator: Operator) -> None:
    for method, path in OPERATIONS:
        answer = await operator.ask(method, concrete(path), None)
        assert (answer.status_code == 401) == ((method, path) not in OPEN), (method, path)


async def test_another_tenants_ids_are_404(operator: Operator) -> None:
    key = await operator.key(await operator.tenant("foreign"), "read", "write", "admin")
    for method, path in OPERATIONS:
        if method in ("GET", "DELETE") and path.endswith("_id}") and not path.startswith("/admin/"):
            assert (await operator.ask(method, concrete(path), key)).status_code == 404, (method, path)


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/nothing", "/Admin/tenants", "/chat/", "//admin/tenants"])
async def test_an_unusual_path_opens_nothing(operator: Operator, path: str) -> None:
    key = await operator.key(await operator.tenant(f"path-{abs(hash(path))}"), "read")
    for method in ("GET", "POST", "PUT", "PURGE"):
        assert await operator.status(key, method, path) in (403, 404, 405)
