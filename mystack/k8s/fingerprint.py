"""What a database holds, in one line per table: for a restore that must prove itself.

The checksum of a table does not depend on the order of its rows. A role that row-level security would show a part of a
table gets an error, and never the checksum of a part.
"""

from typing import Any

TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname
"""
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename"
ROWS = """
    SELECT count(*), coalesce(sum(('x' || substr(md5(one::text), 1, 15))::bit(60)::bigint), 0)::text FROM {} AS one
"""
SETTINGS = ("SET timezone = 'UTC'", "SET bytea_output = 'hex'", "SET extra_float_digits = 1", "SET row_security = off")
"""What the text of a row depends on."""

Fingerprint = tuple[int, str]
"""The rows of a table and their checksum; of a sequence 0 and its last value."""


def fingerprints(url: str) -> dict[str, Fingerprint]:
    """By table and sequence. Raises `psycopg.Error`, also if the role may not see all rows."""
    import psycopg  # installed only for the layers that use PostgreSQL
    from psycopg import sql

    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # all tables at one moment
        for setting in SETTINGS:
            connection.execute(setting)
        names = [name for (name,) in connection.execute(TABLES)]
        found: dict[str, Any] = {
            name: connection.execute(sql.SQL(ROWS).format(sql.Identifier(name))).fetchone() for name in names
        }
        return found | {name: (0, str(value)) for name, value in connection.execute(SEQUENCES)}
