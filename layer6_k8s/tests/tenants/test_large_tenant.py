"""A large tenant has an index of its own, which its searches use, and which finds what comparing all would find."""

import re
from typing import Any

import numpy as np
import psycopg
import pytest

from api.adapters.postgres.schema.migrations import SchemaRefused
from api.adapters.postgres.search.statement import statement
from api.adapters.postgres.tenants.index import TenantIndex
from api.adapters.postgres.tenants.indexes import index_of
from api.adapters.postgres.tenants.tenants import PostgresTenants
from api.config import Settings
from api.entrypoints.index_tenants import update
from api.services.retrieval.search import Mode, Query
from api.services.tenants.accounts import Changes
from api.services.tenants.callers import TenantCaller, acting_as
from api.services.text.bm25 import encode_query
from tests.embeddings.fake_encoder import DIMENSION
from tests.needs import as_superuser
from tests.stores.opened import Opened
from tests.tenants.several import as_tenant, new_tenant

CHUNKS = 6_000
FILL = """
    INSERT INTO public.documents (
        tenant_no, id, filename, content_type, size_bytes, sha256, chunks, created_at, metadata, tags
    ) VALUES (%(no)s, gen_random_uuid(), 'large.txt', 'text/plain', 1, repeat('f', 64), %(count)s, now(), '{}', '{}');
    INSERT INTO public.chunks (tenant_no, id, document_id, index, start, "end", text, heading)
    SELECT %(no)s, gen_random_uuid(), documents.id, n, 0, 5, 'otter', ''
    FROM public.documents, generate_series(0, %(count)s - 1) AS n WHERE tenant_no = %(no)s;
    INSERT INTO public.embeddings (tenant_no, chunk_number, space_id, dimension, dense)
    SELECT %(no)s, number, (SELECT id FROM embedding_spaces), %(dimension)s, (
        SELECT array_agg(random() - 0.5) FROM generate_series(1, %(dimension)s) WHERE number > 0
    )::vector FROM public.chunks WHERE tenant_no = %(no)s
"""
FOUND = "SELECT indexrelid::regclass::text FROM pg_index WHERE indexrelid::regclass::text LIKE '%hnsw%'"


@pytest.fixture
async def large(harness: Opened) -> TenantCaller:
    """Among others of the same size."""
    await harness.publish("an otter of the tenant default")
    callers = [await new_tenant(harness.database, name) for name in ("large", "as-large")]
    with psycopg.connect(as_superuser(harness.database.url)) as everything:
        everything.execute("SET search_path = public")
        everything.execute("SELECT setseed(0.5)")
        for caller in callers:
            for part in FILL.split(";"):
                values = {"no": caller.tenant.no, "count": CHUNKS, "dimension": DIMENSION}
                everything.execute(part.encode(), values)
        everything.execute("ANALYZE")
    return callers[0]


@pytest.fixture
def index(harness: Opened) -> TenantIndex:
    """A process that starts now: it has not looked yet."""
    return TenantIndex(harness.database, harness.index.spaces, harness.index.space)


async def updated(harness: Opened, large: int = CHUNKS) -> list[str]:
    return await update(Settings(_env_file=None, database_url=harness.database.url), large)


async def plan(harness: Opened, caller: TenantCaller, index: TenantIndex, mode: Mode = "dense") -> str:
    """That of a connection which prepares the statement once, for whatever question comes."""
    with acting_as(caller):
        space = await harness.index.space()
        space_id = await harness.index.spaces.active(space)
        text = statement(space_id, space.dimension, mode, 10, 0, False, indexed=await index.indexed(space_id))
        prepared = text.decode().replace("%(dense)s", "$1")
        prepared = re.sub(r"%\(\w+\)s", "NULL", prepared)
        async with harness.database.transaction() as connection:
            await connection.execute(f"PREPARE search (vector) AS {prepared}".encode())
            vector = "[" + ", ".join(["0.1"] * DIMENSION) + "]"
            rows = await (await connection.execute(f"EXPLAIN EXECUTE search ('{vector}')".encode())).fetchall()
            await connection.execute("DEALLOCATE search")
    return "\n".join(line for (line,) in rows)


def question(seed: int) -> Query:
    vector = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
    return Query(vector, encode_query("otter"), 10, mode="dense")


async def test_its_searches_use_its_index(harness: Opened, large: TenantCaller, index: TenantIndex) -> None:
    assert "hnsw" not in await plan(harness, large, index)
    assert sorted(await updated(harness)) == [
        "indexed the 6,000 chunks of as-large",
        "indexed the 6,000 chunks of large",
    ]
    again = TenantIndex(harness.database, harness.index.spaces, harness.index.space)
    space_id = await harness.index.spaces.active(await harness.index.space())
    assert f"Index Scan using {index_of(space_id, large.tenant.no)}" in await plan(harness, large, again)


async def test_scores_of_a_candidate_are_read_by_its_key(
    harness: Opened, large: TenantCaller, index: TenantIndex
) -> None:
    explained = await plan(harness, large, index, "hybrid")
    assert explained.count("chunk_number = candidate.chunk_number)") == 2
    assert "Filter: (chunk_number" not in explained, "each would compare all chunks of the tenant"


async def test_it_finds_what_comparing_all_would_find(harness: Opened, large: TenantCaller, index: TenantIndex) -> None:
    questions = [question(seed) for seed in range(20)]
    exact = await as_tenant(large, lambda: all_of(harness.index, questions))
    await updated(harness)
    found = await as_tenant(large, lambda: all_of(index, questions))
    recall = np.mean([len(some & others) / 10 for some, others in zip(found, exact, strict=True)])
    assert recall >= 0.95, "and no chunk of the other large tenant"


async def all_of(index: Any, questions: list[Query]) -> list[set[Any]]:
    return [{hit.chunk_id for hit in await index.search(one)} for one in questions]


async def test_indexes_follow_the_tenants(harness: Opened, large: TenantCaller) -> None:
    assert await updated(harness, CHUNKS + 1) == [], "nobody is so large"
    assert len(await updated(harness)) == 2
    assert await updated(harness) == [], "all is there"
    assert await updated(harness, CHUNKS + 1) == [], "not dropped for a chunk less"
    accounts = PostgresTenants(harness.database)
    await accounts.change(large.tenant.id, Changes(suspended=True), "a test")
    await accounts.delete(large.tenant.id, "a test")
    space_id = await harness.index.spaces.active(await harness.index.space())
    assert await updated(harness) == [f"dropped {index_of(space_id, large.tenant.no)}"]
    assert len(await updated(harness, 3 * CHUNKS)) == 1, "the other one has shrunk, as it were"
    with psycopg.connect(harness.database.url) as connection:
        assert connection.execute(FOUND).fetchall() == []


async def test_only_the_owner_of_the_tables_makes_indexes(harness: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    await harness.publish("an otter")
    monkeypatch.delenv("DATABASE_OWNER_URL")
    with pytest.raises(SchemaRefused, match="set DATABASE_OWNER_URL"):
        await updated(harness, 1)


async def test_an_index_whose_creation_was_interrupted_is_made_again(harness: Opened, large: TenantCaller) -> None:
    await updated(harness)
    space_id = await harness.index.spaces.active(await harness.index.space())
    name = index_of(space_id, large.tenant.no)
    with psycopg.connect(as_superuser(harness.database.url)) as everything:
        everything.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [f"public.{name}"])
    assert await updated(harness) == [f"dropped {name}", "indexed the 6,000 chunks of large"]
