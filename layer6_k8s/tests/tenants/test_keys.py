"""API keys: what they open, when they end, and what is stored of them."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import psycopg
import pytest

from tests.tenants.operating import ADMIN_KEY, Operator, bearer


async def test_a_key_opens_the_service_for_its_tenant(operator: Operator) -> None:
    key = await operator.key(await operator.tenant("opens"), "read")
    assert key.startswith("ms_")
    assert await operator.status(key) == 200


@pytest.mark.parametrize(
    "given",
    [
        None,
        "ms_",
        "ms_k3v9x0q2m7ab",
        "ms_k3v9x0q2m7ab_" + "A" * 43,
        "ms_k3v9x0q2m7ab_" + "A" * 44,
        "ms_' OR true; --_" + "A" * 43,
        "a.b.c",
        "é",
        ADMIN_KEY + "x",
    ],
)
async def test_what_is_no_key_is_401_and_names_nothing(operator: Operator, given: str | None) -> None:
    headers = [] if given is None else [(b"Authorization", b"Bearer " + given.encode())]
    answer = await operator.http.get(f"{operator.url}/documents", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not given or given not in answer.text


async def test_the_secret_of_another_key_does_not_fit(operator: Operator) -> None:
    tenant = await operator.tenant("swaps")
    one, other = await operator.key(tenant), await operator.key(tenant)
    assert await operator.status("_".join([*one.split("_")[:2], other.split("_", 2)[2]])) == 401


async def test_a_401_shows_neither_the_key_nor_its_hash(operator: Operator) -> None:
    tenant = await operator.tenant("shows-nothing")
    made = await operator.made(tenant)
    await operator.ask("DELETE", f"/admin/tenants/{tenant}/keys/{made['id']}")
    answer = await operator.ask("GET", "/documents", made["key"])
    assert answer.status_code == 401
    for secret in (made["id"], made["key"], hashlib.sha256(made["key"].encode()).hexdigest(), "api_keys", "sha"):
        assert secret not in answer.text


async def test_a_key_is_shown_once_and_stored_as_a_hash(
    operator: Operator, serve: Callable[..., str], settings: Callable[..., Any]
) -> None:
    chosen = settings(llm_provider="extractive", admin_key=ADMIN_KEY)
    alone = Operator(operator.http, serve(**chosen.model_dump(exclude_unset=True)))
    tenant = await alone.tenant("hashes")
    made = await alone.made(tenant)
    listed = await alone.ask("GET", f"/admin/tenants/{tenant}/keys")
    assert [key["id"] for key in listed.json()["keys"]] == [made["id"]]
    assert made["key"] not in listed.text
    with psycopg.connect(_superuser(chosen)) as connection:
        ((stored,),) = connection.execute("SELECT sha256 FROM api_keys").fetchall()
        everything = json.dumps([row[0] for row in connection.execute("SELECT t::text FROM audit_log AS t")])
    assert stored == hashlib.sha256(made["key"].encode()).hexdigest()
    assert stored not in everything
    assert made["key"].split("_", 2)[2] not in everything


async def test_an_expired_key_is_401(operator: Operator) -> None:
    tenant = await operator.tenant("expires")
    ends = datetime.now(UTC) + timedelta(seconds=1.5)
    made = await operator.made(tenant, expires_at=ends.isoformat())
    assert await operator.status(made["key"]) == 200
    await operator.refused(made["key"], 10)
    assert datetime.now(UTC) >= ends
    assert await operator.status(made["key"]) == 401


async def test_a_revoked_key_is_refused_at_once(operator: Operator) -> None:
    tenant = await operator.tenant("revokes")
    made, other = await operator.made(tenant), await operator.key(tenant)
    assert await operator.status(made["key"]) == 200
    revoked = await operator.ask("DELETE", f"/admin/tenants/{tenant}/keys/{made['id']}")
    assert revoked.status_code == 204
    assert await operator.status(made["key"]) == 401
    assert await operator.status(other) == 200


async def test_a_key_that_another_process_revokes_is_refused_within_seconds(
    operator: Operator, serve: Callable[..., str], settings: Callable[..., Any]
) -> None:
    chosen = settings(llm_provider="extractive", admin_key=ADMIN_KEY).model_dump(exclude_unset=True)
    here, there = Operator(operator.http, serve(**chosen)), Operator(operator.http, serve(**chosen))
    tenant = await here.tenant("two-processes")
    made = await here.made(tenant)
    assert await there.status(made["key"]) == 200
    await here.ask("DELETE", f"/admin/tenants/{tenant}/keys/{made['id']}")
    await there.refused(made["key"], 8)
    assert await there.status(made["key"]) == 401


async def test_the_last_use_of_a_key_is_written_to_the_minute(operator: Operator) -> None:
    tenant = await operator.tenant("uses")
    key = await operator.key(tenant)
    path = f"/admin/tenants/{tenant}/keys"
    assert (await operator.ask("GET", path)).json()["keys"][0]["last_used_at"] is None
    await operator.status(key)
    used = (await operator.ask("GET", path)).json()["keys"][0]["last_used_at"]
    assert abs(datetime.fromisoformat(used) - datetime.now(UTC)) < timedelta(seconds=20)
    await operator.change(tenant, suspended=False)  # what was remembered of its keys is forgotten
    await operator.status(key)
    assert (await operator.ask("GET", path)).json()["keys"][0]["last_used_at"] == used


async def test_without_any_credential_everybody_is_the_tenant_default_until_a_key_is_made(
    serve: Callable[..., str], settings: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    chosen = settings(llm_provider="extractive").model_dump(exclude_unset=True)
    opened = Operator(http, serve(**chosen))
    assert await opened.status(None) == 200
    assert await opened.status("whatever-a-client-sends") == 200
    assert await opened.status(None, path="/metrics") == 200
    off = await opened.ask("GET", "/admin/tenants", None)
    assert (off.status_code, off.json()["code"]) == (403, "administration_off")
    locked = Operator(http, serve(**chosen, admin_key=ADMIN_KEY))
    key = await locked.key("00000000-0000-4000-8000-000000000001", "read")
    assert await opened.status(key) == 200
    await opened.refused(None, 8)
    assert await opened.status(None) == 401
    assert await opened.status("whatever-a-client-sends") == 401


async def test_an_api_key_beside_an_admin_key_reads_and_writes_only(
    serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    both = Operator(http, serve(llm_provider="extractive", admin_key=ADMIN_KEY, api_key="the-shared-key"))
    assert await both.status("the-shared-key") == 200
    assert await both.status("the-shared-key", "POST", "/sources/sync") == 202
    assert await both.status("the-shared-key", "POST", "/jobs/refresh-embeddings") == 403
    assert await both.status("the-shared-key", path="/metrics") == 403
    assert await both.status(ADMIN_KEY, path="/metrics") == 200
    assert await both.status(None, path="/metrics") == 401


async def test_the_operator_belongs_to_no_tenant(operator: Operator) -> None:
    answer = await operator.ask("GET", "/documents")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_tenant")


async def test_openai_clients_read_the_refusal_in_their_shape(operator: Operator) -> None:
    key = await operator.key(await operator.tenant("openai"), "write")
    answer = await operator.http.get(f"{operator.url}/v1/models", headers=bearer(key))
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "permission_error")
    assert answer.json()["error"]["code"] == "scope_missing"


def _superuser(chosen: Any) -> str:
    from tests.needs import as_superuser

    return as_superuser(chosen.database_url.get_secret_value())
