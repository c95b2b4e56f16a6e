"""What the operator does with tenants, and the log of it."""

from typing import Any

import pytest

from tests.tenants.operating import Operator

DEFAULT = "00000000-0000-4000-8000-000000000001"
NOBODY = "11111111-1111-4111-8111-111111111111"


async def test_a_tenant_is_added_with_quotas_and_changed(operator: Operator) -> None:
    tenant = await operator.tenant("changes", documents=10)
    got = (await operator.ask("GET", f"/admin/tenants/{tenant}")).json()
    assert (got["name"], got["suspended_at"]) == ("changes", None)
    assert got["quotas"] == {"documents": 10, "bytes": None, "tokens_a_day": None, "requests_a_minute": None}
    changed = (await operator.change(tenant, name="changed", quotas={"bytes": 5})).json()
    assert changed["name"] == "changed"
    assert changed["quotas"] == {"documents": 10, "bytes": 5, "tokens_a_day": None, "requests_a_minute": None}
    unlimited = (await operator.change(tenant, quotas={"documents": None})).json()
    assert unlimited["quotas"]["documents"] is None
    assert unlimited["quotas"]["bytes"] == 5


async def test_the_examples_of_the_document_are_accepted(operator: Operator) -> None:
    document = (await operator.ask("GET", "/openapi.json")).json()
    for number, (path, operations) in enumerate(document["paths"].items()):
        if path.startswith("/admin/"):
            tenant = await operator.tenant(f"example-{number}")
            for method in operations.keys() & {"post", "patch"}:
                body = operations[method].get("requestBody", {"content": {}})["content"].get("application/json", {})
                for example in body.get("examples", {}).values():
                    answer = await operator.ask(method, path.format(tenant_id=tenant), json=example["value"])
                    assert answer.is_success, answer.text


async def test_tenants_are_listed_page_by_page(operator: Operator) -> None:
    for name in ("page-a", "page-b", "page-c"):
        await operator.tenant(name)
    names, cursor = [], "page-"
    while cursor is not None:
        page = (await operator.ask("GET", "/admin/tenants", params={"cursor": cursor, "limit": 2})).json()
        names += [tenant["name"] for tenant in page["tenants"]]
        cursor = page["next_cursor"]
    assert [name for name in names if name.startswith("page-")] == ["page-a", "page-b", "page-c"]


@pytest.mark.parametrize("name", ["", "Upper", "with space", "é", "-a", "a" * 64, "a\n"])
async def test_a_name_that_is_none_is_422(operator: Operator, name: str) -> None:
    assert (await operator.ask("POST", "/admin/tenants", json={"name": name})).status_code == 422


async def test_a_name_belongs_to_one_tenant(operator: Operator) -> None:
    await operator.tenant("taken")
    other = await operator.tenant("free")
    for answer in (
        await operator.ask("POST", "/admin/tenants", json={"name": "taken"}),
        await operator.change(other, name="taken"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "tenant_exists")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"suspended": True}),
        ("DELETE", "", None),
        ("GET", "/keys", None),
        ("POST", "/keys", {"name": "x"}),
    ],
)
async def test_a_tenant_that_is_not_there_is_404(operator: Operator, method: str, path: str, body: Any) -> None:
    answer = await operator.ask(method, f"/admin/tenants/{NOBODY}{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "tenant_not_found")


async def test_a_key_of_another_tenant_is_not_revoked(operator: Operator) -> None:
    owner, other = await operator.tenant("owner"), await operator.tenant("other")
    made = await operator.made(owner)
    answer = await operator.ask("DELETE", f"/admin/tenants/{other}/keys/{made['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "key_not_found")
    assert await operator.status(made["key"]) == 200


async def test_a_suspended_tenant_is_refused_until_it_is_let_in_again(operator: Operator) -> None:
    tenant = await operator.tenant("suspends")
    key = await operator.key(tenant)
    assert await operator.status(key) == 200
    assert (await operator.change(tenant, suspended=True)).json()["suspended_at"]
    answer = await operator.ask("GET", "/documents", key)
    assert (answer.status_code, answer.json()["code"]) == (403, "tenant_suspended")
    assert (await operator.change(tenant, suspended=False)).json()["suspended_at"] is None
    assert await operator.status(key) == 200


async def test_the_credentials_of_a_deleted_tenant_are_401(operator: Operator) -> None:
    tenant = await operator.tenant("deletes")
    key = await operator.key(tenant)
    assert await operator.status(key) == 200
    assert (await operator.ask("DELETE", f"/admin/tenants/{tenant}")).status_code == 204
    assert await operator.status(key) == 401
    assert (await operator.ask("GET", f"/admin/tenants/{tenant}")).status_code == 404


async def test_the_default_tenant_stays(operator: Operator) -> None:
    for answer in (
        await operator.ask("DELETE", f"/admin/tenants/{DEFAULT}"),
        await operator.change(DEFAULT, name="another"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "default_tenant")


async def test_the_log_names_each_action_without_secrets_and_survives_the_tenant(operator: Operator) -> None:
    tenant = await operator.tenant("a-name-to-forget", documents=3)
    made = await operator.made(tenant, "read")
    await operator.change(tenant, suspended=True, name="another-to-forget")
    await operator.ask("DELETE", f"/admin/tenants/{tenant}/keys/{made['id']}")
    await operator.ask("DELETE", f"/admin/tenants/{tenant}")
    entries = await operator.audit(tenant)
    assert [entry["action"] for entry in entries] == [
        "tenant.add",
        "key.add",
        "tenant.change",
        "key.revoke",
        "tenant.change",
        "tenant.delete",
    ]
    assert {entry["actor"] for entry in entries} == {"operator"}
    assert entries[1]["details"] == {"key": made["id"], "scopes": ["read"]}
    assert entries[2]["details"] == {"renamed": True, "suspended": True}
    for secret in (made["key"].split("_", 2)[2], "a-name-to-forget", "another-to-forget"):
        assert secret not in str(entries)


async def test_the_log_is_read_page_by_page(operator: Operator) -> None:
    tenant = await operator.tenant("pages-of-the-log")
    for limit in range(4):
        await operator.change(tenant, quotas={"documents": limit})
    found, before = [], None
    while True:
        params = {"tenant_id": tenant, "limit": 2} | ({"before": before} if before else {})
        page = (await operator.ask("GET", "/admin/audit", params=params)).json()
        found += [entry["number"] for entry in page["entries"]]
        if (before := page["next_before"]) is None:
            break
    assert len(found) == 5
    assert found == sorted(found, reverse=True)


async def test_what_failed_is_not_in_the_log(operator: Operator) -> None:
    await operator.tenant("only-once")
    before = (await operator.ask("GET", "/admin/audit", params={"limit": 1})).json()
    await operator.ask("POST", "/admin/tenants", json={"name": "only-once"})
    assert (await operator.ask("GET", "/admin/audit", params={"limit": 1})).json() == before


@pytest.mark.parametrize("scopes", [["read"], ["read", "write", "admin"]])
async def test_no_key_of_a_tenant_administers_tenants(operator: Operator, scopes: list[str]) -> None:
    key = await operator.key(DEFAULT, *scopes)
    for method, path in [
        ("GET", "/admin/tenants"),
        ("POST", "/admin/tenants"),
        ("GET", "/admin/audit"),
        ("GET", "/metrics"),
    ]:
        answer = await operator.ask(method, path, key)
        assert (answer.status_code, answer.json()["code"]) == (403, "admin_key_needed")
