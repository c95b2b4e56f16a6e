"""Which tables of a tenant are exported row by row, and in which order they are imported.

No list of tables says so: every table that belongs to tenants is exported, unless it is named here. A table that an
earlier layer gains later is not forgotten.
"""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter

from api.adapters.postgres.database import Connection

DOCUMENTS = frozenset({"documents", "texts", "chunks", "postings", "embeddings"})
"""Exported document by document."""
LEFT = frozenset(
    {"answers", "api_keys", "archives", "batches", "jobs", "kept_vectors", "library_version", "reservations", "usage"}
)
"""Secrets, work and counts of this installation, which mean nothing in another one."""
ORIGINALS = "files"
BYTES = "data"
"""The column of `ORIGINALS` that has an entry of its own."""

COLUMNS = """
    SELECT relname, array_agg(attname::text ORDER BY attnum) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'tenant'::regnamespace AND relkind = 'v' AND attnum > 0 AND NOT attisdropped
    GROUP BY relname ORDER BY relname
"""
PARENTS = """
    SELECT children.relname, parents.relname FROM pg_constraint
    JOIN pg_class AS children ON children.oid = conrelid JOIN pg_class AS parents ON parents.oid = confrelid
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid <> confrelid
"""


async def exported_columns(connection: Connection) -> Mapping[str, Sequence[str]]:
    """The columns of the tables that are exported row by row."""
    rows = await (await connection.execute(COLUMNS)).fetchall()
    return {
        table: [column for column in columns if (table, column) != (ORIGINALS, BYTES)]
        for table, columns in rows
        if table not in DOCUMENTS | LEFT
    }


async def parents_first(connection: Connection, tables: Sequence[str]) -> list[str]:
    """The tables in an order in which every foreign key finds its row."""
    graph: dict[str, set[str]] = {table: set() for table in tables}
    for child, parent in await (await connection.execute(PARENTS)).fetchall():
        if child in graph and parent in graph:
            graph[child].add(parent)
    return list(TopologicalSorter(graph).static_order())
