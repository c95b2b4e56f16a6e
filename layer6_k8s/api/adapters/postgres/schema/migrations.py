"""Bringing the database to the schema of this code, by Alembic's migrations.

Each layer has a branch of its own, a folder in `migrations/versions/`. So a revision that is added to this layer later
never conflicts with those of the layers that build on it.
"""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, pool, text
from sqlalchemy.exc import DBAPIError

from api.adapters.postgres.schema.version import CONNECT_SECONDS, MIGRATIONS, PGVECTOR, parts
from api.errors import MyStackError

MIGRATION_LOCK = 0x6D795374  # "mySt": the advisory lock that one migrating process holds


class SchemaRefused(MyStackError):
    """This database cannot be used by this version of the service."""


def migrate(url: str, migrations: Path = MIGRATIONS) -> None:
    """Apply the pending migrations of all branches; of several processes that start together one does, the others wait.

    Blocking. Raises `SchemaRefused`, and `sqlalchemy.exc.OperationalError` when the database cannot be reached.
    """
    with engine(url).connect() as connection:
        _require_writable(connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        configuration = alembic_config(migrations)
        _require_known(connection, configuration)
        _require_pgvector(connection)
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "heads")
        connection.commit()


def alembic_config(migrations: Path = MIGRATIONS) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(migrations).replace("%", "%%"))
    configuration.set_main_option("recursive_version_locations", "true")
    return configuration


def engine(url: str) -> Engine:
    """For SQLAlchemy and Alembic. psycopg reads the address, as it does for the pool: not all they read is the same."""
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, connect_timeout=CONNECT_SECONDS),
        poolclass=pool.NullPool,
    )


def _require_writable(connection: Connection) -> None:
    if connection.scalar(text("SHOW transaction_read_only")) == "on":
        raise SchemaRefused(
            "The database has an older schema, and this connection is read-only: start the service once with write "
            "access, which upgrades it."
        )


def _require_known(connection: Connection, configuration: Config) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(configuration).walk_revisions()}
    for revision in MigrationContext.configure(connection).get_current_heads():
        if revision not in known:
            raise SchemaRefused(
                f"The database is newer than this service (its schema is at {revision!r}): start the version that "
                "migrated it, or restore a copy from before."
            )


def _require_pgvector(connection: Connection) -> None:
    try:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    except DBAPIError as error:
        raise SchemaRefused(
            f"The database has no pgvector, and it cannot be added ({_first_line(error)}): install it on the server, "
            "and run CREATE EXTENSION vector in the database."
        ) from error
    found = str(connection.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")))
    if parts(found) < PGVECTOR:
        wanted = ".".join(map(str, PGVECTOR))
        raise SchemaRefused(
            f"The database has pgvector {found}, and this service needs {wanted} or later: install it on the server "
            "and run ALTER EXTENSION vector UPDATE."
        )


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).partition("\n")[0]
