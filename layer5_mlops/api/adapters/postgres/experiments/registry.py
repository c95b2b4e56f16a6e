"""Registered versions and their aliases in PostgreSQL: the port `Registry`."""

import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

from api.adapters.postgres.database import Connection, Database
from api.services.experiments.registry import CHAMPION, ChampionMoved, Kind, Version

VERSION = "kind, alias, version, content, sha256, aliases.run_id, moved_at, mirrored_at IS NOT NULL"
ALIASED = f"SELECT {VERSION} FROM registry_aliases AS aliases JOIN registry_versions USING (kind, version)"
ORDER = "ORDER BY kind, alias"
LOCK = "LOCK TABLE registry_aliases IN SHARE ROW EXCLUSIVE MODE"
PRESENT = "SELECT DISTINCT run_id FROM registry_aliases WHERE alias = %s"
REGISTER = """
    INSERT INTO registry_versions (kind, version, content, sha256, run_id)
    SELECT %(kind)s, count(*) + 1, %(content)s, %(sha256)s, %(run)s FROM registry_versions WHERE kind = %(kind)s
    ON CONFLICT DO NOTHING
"""
MOVE = """
    WITH registered AS (
        SELECT kind, version FROM registry_versions WHERE kind = %(kind)s AND sha256 = %(sha256)s
    ), moved AS (
        UPDATE registry_aliases SET version = registered.version, run_id = %(run)s, moved_at = now(), mirrored_at = NULL
        FROM registered WHERE registry_aliases.kind = registered.kind AND alias = %(alias)s RETURNING alias
    )
    INSERT INTO registry_aliases (kind, alias, version, run_id)
    SELECT kind, %(alias)s, version, %(run)s FROM registered WHERE NOT EXISTS (SELECT FROM moved)
"""


class PostgresRegistry:
    """The port `Registry`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def aliased(self) -> Sequence[Version]:
        return [Version(*row) for row in await self.database.rows(f"{ALIASED} {ORDER}".encode())]

    async def promote(self, run_id: UUID, contents: Mapping[Kind, str], expected: UUID | None) -> Sequence[Version]:
        async with self.database.transaction() as connection:
            await connection.execute(LOCK)
            if await _champion(connection) != expected:
                raise ChampionMoved
            for kind, content in contents.items():
                sha256 = hashlib.sha256(content.encode()).hexdigest()
                values = {"kind": kind, "content": content, "sha256": sha256, "run": run_id, "alias": CHAMPION}
                await connection.execute(REGISTER, values)
                await connection.execute(MOVE, values)
            cursor = await connection.execute(f"{ALIASED} {ORDER}".encode())
            return [Version(*row) for row in await cursor.fetchall()]


async def _champion(connection: Connection) -> UUID | None:
    """The run of the present champion: both kinds are moved together."""
    row = await (await connection.execute(PRESENT, [CHAMPION])).fetchone()
    return row[0] if row else None
