"""Each layer has a branch of migrations of its own: a later layer builds on this one, and this one may still grow."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

from api.adapters.postgres.schema.migrations import SchemaRefused, alembic_config, engine, migrate
from api.adapters.postgres.schema.version import MIGRATIONS, heads, schema_is_current
from tests.needs import as_owner

REVISION = '''"""A table."""

from alembic import op

revision = "{id}"
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends_on!r}


def upgrade() -> None:
    op.execute("CREATE TABLE made_by_{id} ()")


def downgrade() -> None:
    op.execute("DROP TABLE made_by_{id}")
'''
SCRIPTS = ScriptDirectory.from_config(alembic_config())
VERSIONS = "SELECT version_num FROM alembic_version ORDER BY 1"
TABLES = "SELECT tablename FROM pg_tables WHERE tablename LIKE 'made_by_%' ORDER BY 1"
HEAD = SCRIPTS.get_revision("layer3@head").revision
TOP = max(heads() - {HEAD} or {HEAD})
"""Of the last layer's branch. `HEAD` is that of layer 3's own, which nothing may depend on yet."""


class Migrations:
    """A copy of the migrations, to which a test adds revisions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))

    def add(self, layer: str, id: str, *, down: str | None = None, depends_on: str | None = None) -> None:
        branch = self.folder / "versions" / layer
        branch.mkdir(exist_ok=True)
        labels = None if down else (layer,)
        revision = REVISION.format(id=id, down=down, labels=labels, depends_on=depends_on)
        (branch / f"{id}_a_table.py").write_text(revision)


@pytest.fixture
def migrations(tmp_path: Path) -> Migrations:
    return Migrations(tmp_path / "migrations")


@pytest.fixture
def url(new_database: Callable[..., str]) -> str:
    """The address of an empty database."""
    return as_owner(new_database())


def column(url: str, query: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(query.encode()).fetchall()]


def test_the_heads_that_are_read_from_the_files_are_those_that_alembic_finds() -> None:
    implied = {revision.dependencies for revision in SCRIPTS.walk_revisions()}
    assert heads() == set(SCRIPTS.get_heads()) - implied
    assert "layer3" in SCRIPTS.get_revision(HEAD).branch_labels


def test_a_database_of_this_layer_is_upgraded_by_a_later_layer(url: str, migrations: Migrations) -> None:
    migrate(url)
    migrations.add("later", "0401", depends_on=TOP)
    assert not schema_is_current(url, migrations.folder)
    migrate(url, migrations.folder)
    assert schema_is_current(url, migrations.folder)
    assert column(url, TABLES) == ["made_by_0401"]
    with pytest.raises(SchemaRefused, match=r"newer than this service \(its schema is at '0401'\)"):
        migrate(url)


def test_a_later_layer_starts_on_an_empty_database(url: str, migrations: Migrations) -> None:
    migrations.add("later", "0401", depends_on=TOP)
    migrate(url, migrations.folder)
    assert schema_is_current(url, migrations.folder)
    assert column(url, VERSIONS) == sorted({"0401"} | heads() - {TOP}), "its dependency is implied"


def test_a_revision_is_added_to_this_layer_beneath_a_later_one(url: str, migrations: Migrations) -> None:
    migrations.add("later", "0401", depends_on=TOP)
    migrations.add("later", "0402", down="0401")
    migrate(url, migrations.folder)
    migrations.add("layer3", "0099", down=HEAD)
    assert not schema_is_current(url, migrations.folder)
    migrate(url, migrations.folder)
    assert schema_is_current(url, migrations.folder)
    assert column(url, VERSIONS) == sorted({"0099", "0402"} | heads() - {HEAD, TOP})
    assert column(url, TABLES) == ["made_by_0099", "made_by_0401", "made_by_0402"]


def test_each_branch_goes_down_by_itself(url: str, migrations: Migrations) -> None:
    migrations.add("later", "0401", depends_on=TOP)
    migrations.add("layer3", "0099", down=HEAD)
    migrate(url, migrations.folder)
    with engine(url).connect() as connection:
        configuration = alembic_config(migrations.folder)
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "later@base")
        connection.commit()
    assert column(url, TABLES) == ["made_by_0099"]
    assert column(url, VERSIONS) == sorted({"0099"} | heads() - {HEAD})
