"""Sources as their users and the sync see them: the port `SourceStore`."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from psycopg.rows import TupleRow
from psycopg.types.json import Json

from api.adapters.postgres.database import Database
from api.adapters.postgres.sources.items import OWN, OWNED
from api.services.jobs.jobs import JobError, as_json
from api.services.sources.errors import SourceExists, SourceNotFound
from api.services.sources.sources import Item, NewSource, Source, Version

SOURCE = """
    id, kind, location, delete_after, watch, created_at,
    (SELECT count(*) FROM source_items WHERE source_id = sources.id), synced_at, counts, error, confirmed
"""
INSERT = f"""
    INSERT INTO sources (id, kind, location, delete_after, watch, counts) VALUES (%s, %s, %s, %s, %s, '{{}}')
    ON CONFLICT DO NOTHING RETURNING {SOURCE}
"""
SAME = "SELECT id FROM sources WHERE kind = %s AND location = %s"
ONE = f"SELECT {SOURCE} FROM sources WHERE id = %s"
ALL = f"SELECT {SOURCE} FROM sources ORDER BY created_at, id"
CONFIRM = "UPDATE sources SET confirmed = true WHERE id = %s"
REQUEST = "UPDATE sources SET requested = true, confirmed = confirmed OR %s WHERE id = %s RETURNING id"
BEGIN = f"UPDATE sources SET requested = false WHERE id = %s RETURNING {SOURCE}"
END = """
    UPDATE sources SET synced_at = now(), counts = %(counts)s, error = %(error)s,
        confirmed = confirmed AND (requested OR %(failed)s) WHERE id = %(id)s RETURNING requested
"""
DUE = """
    SELECT id FROM sources WHERE (
        requested OR error IS NULL AND EXISTS (
            SELECT FROM source_items
            WHERE source_id = sources.id AND missing_since + delete_after * interval '1 second' <= now()
        )
    ) AND NOT EXISTS (
        SELECT FROM jobs WHERE kind = 'sync' AND subject = sources.id AND state IN ('queued', 'running')
    )
"""
ITEMS = """
    SELECT key, sha256, stamp, etag, modified, document_id, error,
        EXISTS (SELECT FROM documents WHERE id = document_id)
        OR EXISTS (SELECT FROM files JOIN jobs ON jobs.document_id = files.id
            WHERE files.id = items.document_id AND jobs.state <> 'done')
    FROM source_items AS items WHERE source_id = %s ORDER BY seen_at, key
"""
CANCEL = """
    UPDATE jobs SET state = 'cancelled', finished_at = now(), token = NULL, lease_until = NULL
    WHERE kind = 'sync' AND subject = %s AND state IN ('queued', 'running')
"""
ITS_DOCUMENTS = f"""
    SELECT DISTINCT id FROM source_items, unnest(ARRAY[document_id, previous_id]) AS id
    WHERE source_id = %(source)s AND id IS NOT NULL AND {OWNED} AND NOT EXISTS (
        SELECT FROM source_items AS others WHERE others.source_id <> %(source)s AND {OWN}
    )
"""


class PostgresSources:
    """The port `SourceStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def add(self, new: NewSource) -> Source:
        rows = await self._written(INSERT, [new.id, new.kind, new.location, new.delete_after, new.watch])
        if not rows:
            same = await self.database.rows(SAME, [new.kind, new.location])
            raise SourceExists(f"{new.location} is a source already: {same[0][0] if same else 'look again'}.")
        return _source(rows[0])

    async def source(self, id: UUID) -> Source | None:
        rows = await self.database.rows(ONE, [id])
        return _source(rows[0]) if rows else None

    async def sources(self) -> list[Source]:
        return [_source(row) for row in await self.database.rows(ALL)]

    async def remove(self, id: UUID) -> list[UUID]:
        async with self.database.transaction() as connection:
            await connection.execute(CANCEL, [id])
            cursor = await connection.execute(ITS_DOCUMENTS.encode(), {"source": id})
            own = [document_id for (document_id,) in await cursor.fetchall()]
            await connection.execute("DELETE FROM sources WHERE id = %s", [id])
        return own

    async def confirm(self, id: UUID) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(CONFIRM, [id])

    async def request(self, id: UUID, *, confirmed: bool) -> None:
        if not await self._written(REQUEST, [confirmed, id]):
            raise SourceNotFound

    async def due(self) -> list[UUID]:
        return [id for (id,) in await self.database.rows(DUE)]

    async def begin(self, id: UUID) -> Source:
        rows = await self._written(BEGIN, [id])
        if not rows:
            raise SourceNotFound
        return _source(rows[0])

    async def end(self, id: UUID, counts: Mapping[str, int], error: JobError | None) -> bool:
        told = Json(as_json(error)) if error else None
        values = {"id": id, "counts": Json(dict(counts)), "error": told, "failed": error is not None}
        rows = await self._written(END, values)
        return bool(rows and rows[0][0])

    async def items(self, id: UUID) -> list[Item]:
        rows = await self.database.rows(ITEMS, [id])
        return [
            Item(key, Version(sha256, stamp, etag, modified), document_id, held, error)
            for key, sha256, stamp, etag, modified, document_id, error, held in rows
        ]

    async def _written(self, query: str, values: Sequence[object] | Mapping[str, object]) -> list[TupleRow]:
        async with self.database.transaction() as connection:
            return await (await connection.execute(query.encode(), values)).fetchall()


def _source(row: TupleRow) -> Source:
    """From the columns of `SOURCE`."""
    values = list(row)
    values[9] = JobError(**values[9]) if values[9] else None
    return Source(*values)
