"""Whether a database has the schema of this code: one statement, before Alembic is imported.

Most starts migrate nothing, and need not wait for the import.
"""

import ast
import re
from pathlib import Path

import psycopg

MIGRATIONS = Path(__file__).parents[3] / "migrations"
PGVECTOR = (0, 8, 4)
CONNECT_SECONDS = 5
SCHEMA_QUERY = (
    "SELECT array(SELECT version_num::text FROM alembic_version), extversion FROM pg_extension WHERE extname = 'vector'"
)
REVISION = re.compile(r"^(revision|down_revision|depends_on) = (.+)$", re.MULTILINE)


def schema_is_current(url: str, migrations: Path = MIGRATIONS) -> bool:
    """Whether there is nothing to migrate and nothing to refuse. Blocking.

    Raises `psycopg.OperationalError` when the database cannot be reached.
    """
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
        try:
            found = connection.execute(SCHEMA_QUERY).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            return False  # an empty database, or one that we may not read: a migration creates the schema, or explains
    return found is not None and set(found[0]) == heads(migrations) and parts(found[1]) >= PGVECTOR


def heads(migrations: Path = MIGRATIONS) -> set[str]:
    """The last revision of each layer's branch, unless another branch depends on it: the rows of `alembic_version`."""
    revisions = [_read(path) for path in (migrations / "versions").glob("*/[0-9]*.py")]
    before = {one for revision in revisions for name in ("down_revision", "depends_on") for one in revision[name]}
    return {one for revision in revisions for one in revision["revision"]} - before


def _read(path: Path) -> dict[str, tuple[str, ...]]:
    """The ids in a migration's header. Importing the file would import Alembic."""
    header = {name: ast.literal_eval(value) for name, value in REVISION.findall(path.read_text(encoding="utf-8"))}
    return {name: (value,) if isinstance(value, str) else tuple(value or ()) for name, value in header.items()}


def parts(version: str) -> tuple[int, ...]:
    """A version such as 0.8.10, comparable."""
    return tuple(int(part) for part in version.split("."))
