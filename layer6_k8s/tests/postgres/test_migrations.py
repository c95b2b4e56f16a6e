"""The migrations create the schema that the models describe, and each can be undone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from api.adapters.postgres.schema.conversation_tables import ConversationRow
from api.adapters.postgres.schema.migrations import alembic_config, engine, migrate
from api.adapters.postgres.search.spaces import HNSW_PREFIX
from tests.needs import as_owner
from tests.postgres.further_rows import VIEWS_ONLY
from tests.postgres.rows import fill
from tests.stores.opened import opened
from tests.stores.writes import BYSTANDER, NEW, OLD

SCRIPTS = ScriptDirectory.from_config(alembic_config())
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]
FIRST_RELEASE = "0002"
CONSTRAINTS = "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2"
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"


@pytest.fixture
def url(new_database: Callable[..., str]) -> str:
    """The address of an empty database."""
    return new_database()


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    with engine(as_owner(url)).connect() as connection:
        yield connection


def alembic(connection: Connection) -> Config:
    """A configuration for Alembic's commands over this connection."""
    configuration = alembic_config()
    configuration.attributes["connection"] = connection
    return configuration


def schema(connection: Connection) -> dict[str, Any]:
    """Tables, columns, constraints and indexes, as PostgreSQL reports them."""
    found = inspect(connection)
    columns = {
        table: [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in found.get_columns(table)]
        for table in found.get_table_names()
    }
    return columns | {
        query: [tuple(row) for row in connection.execute(text(query))] for query in (CONSTRAINTS, INDEXES)
    }


def ours(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    return not (kind == "index" and str(name).startswith(HNSW_PREFIX))


def test_the_migrations_create_what_the_models_describe(connection: Connection) -> None:
    command.upgrade(alembic(connection), "heads")
    options = {"compare_type": True, "compare_server_default": True, "include_object": ours}
    context = MigrationContext.configure(connection, opts=options)
    assert compare_metadata(context, ConversationRow.metadata) == []


def test_check_constraints_equal_those_of_the_models(connection: Connection, new_database: Callable[..., str]) -> None:
    """Alembic does not compare these, so PostgreSQL's own definitions are compared."""
    command.upgrade(alembic(connection), "heads")
    with engine(as_owner(new_database())).connect() as other:
        other.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        ConversationRow.metadata.create_all(other)
        by_models = [tuple(row) for row in other.execute(text(CONSTRAINTS))]
    by_migrations = [tuple(row) for row in connection.execute(text(CONSTRAINTS)) if row[0] != "alembic_version"]
    assert by_migrations == by_models


def test_every_downgrade_undoes_its_upgrade(connection: Connection) -> None:
    before = {}
    for revision in REVISIONS:
        before[revision] = schema(connection)
        command.upgrade(alembic(connection), revision)
        assert (schema(connection) == before[revision]) == (revision in VIEWS_ONLY)
    for revision in reversed(REVISIONS):
        command.downgrade(alembic(connection), before_revision(revision))
        left = schema(connection)
        if revision == REVISIONS[0]:
            assert left.pop("alembic_version") is not None
            left = {name: what for name, what in left.items() if name not in (CONSTRAINTS, INDEXES)}
            assert left == {}, "only Alembic's own table is left"
        else:
            assert left == before[revision]


async def test_a_filled_database_is_downgraded_to_nothing_and_upgraded_again(url: str) -> None:
    async with opened({"database_url": url}) as harness:
        await fill(harness)
        assert len(await harness.found("tide table water", top_k=50)) == 7
    with engine(as_owner(url)).connect() as connection:
        filled = schema(connection)
        assert {table for table in filled if " " not in table and not count(connection, table)} == set(), (
            "all are filled"
        )
        command.downgrade(alembic(connection), "base")
        connection.commit()
        assert inspect(connection).get_table_names() == ["alembic_version"]
    migrate(as_owner(url))
    with engine(as_owner(url)).connect() as connection:
        again = schema(connection)
        assert index_names(again) == {name for name in index_names(filled) if not name.startswith(HNSW_PREFIX)}
    async with opened({"database_url": url}) as harness:
        assert await harness.documents_on_disk() == set()
        for one in (OLD, NEW, BYSTANDER):
            await harness.store.publish(one, None)
        assert len(await harness.found("tide table water", top_k=50)) == 7


async def test_a_filled_database_of_the_first_release_is_upgraded_without_loss(url: str) -> None:
    async with opened({"database_url": url}) as harness:
        await fill(harness)
        found = await harness.found("tide table water", top_k=50)
    with engine(as_owner(url)).connect() as connection:
        filled = {table: count(connection, table) for table in tables(connection)}
        command.downgrade(alembic(connection), FIRST_RELEASE)
        connection.commit()
        kept = tables(connection)
        assert "no" in {column["name"] for column in inspect(connection).get_columns("chunks")}
    migrate(as_owner(url))
    with engine(as_owner(url)).connect() as connection:
        assert {table: count(connection, table) for table in kept} == {table: filled[table] for table in kept}
    async with opened({"database_url": url}) as harness:
        assert await harness.found("tide table water", top_k=50) == found
        read = await harness.reader.documents(50, None, None)
        assert {(document.parser, document.warnings, document.outdated) for document in read} == {(1, (), True)}
        new = await harness.publish("numbers go on after those that are there")
        assert await harness.left_of(new.id) == (1, 1)
        assert not new.outdated


def before_revision(revision: str) -> str:
    """The revision below it in its branch, or the base of the branch: a layer that has grown has several heads."""
    script = SCRIPTS.get_revision(revision)
    return str(script.down_revision or f"{min(script.branch_labels)}@base")


def tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())


def index_names(schema: dict[str, Any]) -> set[str]:
    return {name for name, _ in schema[INDEXES]}
