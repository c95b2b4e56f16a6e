"""A tenant that is deleted is found nowhere: in no table, no cache, no metric and no log."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import psycopg
import pytest
import redis
from psycopg import sql

from tests.isolation.conftest import SECRETS, Client
from tests.jobs.conftest import valkey
from tests.needs import as_superuser
from tests.tenants.operating import ADMIN_KEY, Operator, bearer

__all__ = ["valkey"]  # a fixture
TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"


def rows_with(url: str, *words: str) -> dict[str, list[str]]:
    """By table, rows that contain one of the words in any column."""
    found = {}
    with psycopg.connect(as_superuser(url)) as everything:
        for schema, table in everything.execute(TABLES).fetchall():
            query = sql.SQL("SELECT one::text FROM {} AS one WHERE one::text ILIKE ANY(%s)")
            rows = everything.execute(query.format(sql.Identifier(schema, table)), [[f"%{word}%" for word in words]])
            if texts := [text for (text,) in rows]:
                found[table] = texts
    return found


@pytest.fixture
def cached(valkey: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey, decode_responses=True) as client:
        client.flushall()
        yield client


async def test_a_deleted_tenant_is_found_nowhere(
    stores: Callable[[], dict[str, Any]],
    serve: Callable[..., str],
    http: httpx2.AsyncClient,
    valkey: str,
    cached: redis.Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    where = stores()
    common = where | {"llm_provider": "extractive", "use_rag": True, "admin_key": ADMIN_KEY}
    reading, url = serve(**common), serve(**common, redis_url=valkey)  # the former runs its jobs itself
    operator = Operator(http, url)
    tenant_id = await operator.tenant("Grimsholm".lower(), requests_a_minute=1_000)
    async with httpx2.AsyncClient(base_url=url, timeout=60, trust_env=False, verify=False) as own:
        own.headers.update(bearer(await operator.key(tenant_id)))
        client, file = (
            Client(own),
            (f"{SECRETS[0]}.txt", f"The {SECRETS[0]} of Grimsholm sleeps until thawtide.".encode()),
        )
        uploaded = await own.post(f"{reading}/documents", files={"file": file})
        assert uploaded.json()["status"] == "ready", uploaded.text
        for _ in range(2):
            await client.post("/chat", {"message": f"When does the {SECRETS[0]} of Grimsholm sleep?", "store": False})
        for query in ("thawtide", SECRETS[0]):
            await client.post("/search", {"query": query})
        conversation = await client.post("/chat", {"message": f"Where is the {SECRETS[0]}?"})
        await client.post(
            "/feedback", {"message_id": conversation["message_id"], "rating": "up", "comment": "thawtide"}
        )
    words = [*SECRETS, tenant_id]
    assert len(rows_with(where["database_url"], *words)) > 8
    assert [key for key in cached.scan_iter("*") if ":t:" in key or key.startswith("t:{")]

    assert (await operator.ask("DELETE", f"/admin/tenants/{tenant_id}")).status_code == 204

    left = rows_with(where["database_url"], *words)
    assert left.keys() == {"audit_log"}, "what the operator did, with the tenant's id and none of its words"
    assert all(word.lower() not in row.lower() for row in left["audit_log"] for word in SECRETS)
    assert [key for key in cached.scan_iter("*") if ":t:" in key or key.startswith("t:{")] == []
    assert not cached.zrange("mystack:cache:order", 0, -1)
    metrics = (await operator.ask("GET", "/metrics")).text
    assert not [word for word in words if word.lower() in metrics.lower()]
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("mystack")]
    assert not [line for line in logged for word in SECRETS if word.lower() in line.lower()]
