"""Whether a database has the schema of this code: one statement, before anything of Alembic is imported.

Alembic, SQLAlchemy and the models are half of what the service would import, and most starts change nothing.
"""

from pathlib import Path

import psycopg

MIGRATIONS = Path(__file__).parents[3] / "migrations"
NEWEST = max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
"""The last revision: a migration's file is named after it."""
PGVECTOR = (0, 8, 4)
CONNECT_SECONDS = 5
SCHEMA_QUERY = (
    "SELECT array(SELECT version_num::text FROM alembic_version), extversion FROM pg_extension WHERE extname = 'vector'"
)


def schema_is_current(url: str) -> bool:
    """Whether there is nothing to migrate and nothing to refuse. Blocking.

    Raises `psycopg.OperationalError` when the database cannot be reached.
    """
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
        try:
            found = connection.execute(SCHEMA_QUERY).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            return False  # nothing is there yet, or nothing for us: a migration makes it, or says what is wrong
    return found is not None and found[0] == [NEWEST] and parts(found[1]) >= PGVECTOR


def parts(version: str) -> tuple[int, ...]:
    """A version such as 0.8.10, comparable."""
    return tuple(int(part) for part in version.split("."))
