"""What the autoscaler of the workers reads, as the role that it has."""

import os
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml
from psycopg import sql

from api.adapters.postgres.tenants.roles import upgrade_as
from tests.conftest import LAYER
from tests.needs import as_owner, as_superuser
from tests.postgres.rows import fill
from tests.stores.opened import opened

ROLE = "drill_metrics"
PASSWORD = secrets.token_urlsafe(12)
SEVERAL = """
    INSERT INTO jobs (tenant_no, id, kind, filename, priority)
    SELECT no, gen_random_uuid(), 'quality', 'data quality', 10 FROM tenants WHERE name = 'another'
"""
OPEN = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')"


def query() -> str:
    """That of the manifest."""
    manifests = yaml.safe_load_all((LAYER / "k8s/components/keda/workers.yaml").read_text())
    [trigger] = next(iter(manifests))["spec"]["triggers"]
    return str(trigger["metadata"]["query"])


@pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="makes a role, as a superuser")
async def test_a_role_that_may_read_nothing_counts_the_jobs_of_all_tenants(new_database: Callable[..., str]) -> None:
    url = new_database()
    upgrade_as(as_owner(url), url)
    async with opened({"database_url": url}) as harness:
        await fill(harness)
    role = sql.Identifier(ROLE)
    with psycopg.connect(as_superuser(url), autocommit=True) as connection:
        connection.execute("INSERT INTO tenants (id, name) VALUES (gen_random_uuid(), 'another')")
        connection.execute(SEVERAL)
        expected = connection.execute(OPEN).fetchone()
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(PASSWORD)))
        try:
            address = urlsplit(url)
            host = address.netloc.rpartition("@")[2]
            with psycopg.connect(address._replace(netloc=f"{ROLE}:{PASSWORD}@{host}").geturl()) as metrics:
                assert metrics.execute(query()).fetchall() == [expected]
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    metrics.execute("SELECT FROM jobs")
        finally:
            connection.execute(sql.SQL("DROP ROLE {}").format(role))
    assert expected is not None
    assert expected[0] >= 2
