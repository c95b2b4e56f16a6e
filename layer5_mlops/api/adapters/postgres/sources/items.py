"""The items of sources and their documents: the port `ItemStore`.

An item keeps its old document until the new one is published, and the publication deletes it: `delete_previous` runs in
the same transaction. Both lock the file of the new document first, so that neither misses what the other one writes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from api.adapters.postgres.database import Connection, Database
from api.adapters.postgres.documents.library_version import bump_version
from api.adapters.postgres.jobs.documents import LOCK_FILES
from api.services.sources.errors import SourceNotFound
from api.services.sources.sources import Version

OWN = "id IN (others.document_id, others.previous_id)"
OWNED = """
    coalesce(
        (SELECT documents.metadata ->> 'source' FROM documents WHERE documents.id = id.id),
        (SELECT files.metadata ->> 'source' FROM files WHERE files.id = id.id)
    ) IS NOT NULL
"""
FREE = f"""
    SELECT id FROM unnest(%s::uuid[]) AS id
    WHERE {OWNED} AND NOT EXISTS (SELECT FROM source_items AS others WHERE {OWN})
"""
CANCEL = """
    UPDATE jobs SET state = 'cancelled', finished_at = now(), token = NULL, lease_until = NULL
    WHERE document_id = ANY(%s) AND state IN ('queued', 'running')
"""
THIS = "source_id = %(source)s AND key = %(key)s"
DOCUMENTS = f"SELECT document_id, previous_id FROM source_items WHERE {THIS}"
PUBLISHED = "SELECT id FROM documents WHERE id = ANY(%s)"
PLACE = """
    INSERT INTO source_items (source_id, key, sha256, document_id, previous_id, stamp, etag, modified)
    SELECT id, %(key)s, %(sha256)s, %(document)s, %(previous)s, %(stamp)s, %(etag)s, %(modified)s
    FROM sources WHERE id = %(source)s
    ON CONFLICT (source_id, key) DO UPDATE SET sha256 = excluded.sha256, document_id = excluded.document_id,
        previous_id = excluded.previous_id, stamp = excluded.stamp, etag = excluded.etag,
        modified = excluded.modified, seen_at = now(), missing_since = NULL, error = NULL
"""
MOVE = f"""
    UPDATE source_items SET key = %(to)s, stamp = %(stamp)s, seen_at = now(), missing_since = NULL, error = NULL
    WHERE {THIS} RETURNING document_id
"""
RENAME_DOCUMENT = "UPDATE documents SET filename = %s WHERE id = %s AND metadata ->> 'source' IS NOT NULL"
RENAME_FILE = "UPDATE files SET filename = %s WHERE id = %s AND metadata ->> 'source' IS NOT NULL"
SEEN = "UPDATE source_items SET seen_at = now(), missing_since = NULL WHERE source_id = %s AND key = ANY(%s)"
FAILED = """
    INSERT INTO source_items (source_id, key, error) SELECT id, %s, %s FROM sources WHERE id = %s
    ON CONFLICT (source_id, key) DO UPDATE SET error = excluded.error, seen_at = now(), missing_since = NULL
"""
MISSING = """
    UPDATE source_items SET missing_since = coalesce(missing_since, now())
    FROM sources WHERE sources.id = source_id AND source_id = %s AND key = ANY(%s)
    RETURNING key, coalesce(missing_since, now()) + delete_after * interval '1 second' <= now()
"""
FORGET = f"DELETE FROM source_items WHERE {THIS}"
PREVIOUS = "SELECT source_id, key, previous_id FROM source_items WHERE document_id = %s AND previous_id IS NOT NULL"
TAKE_PREVIOUS = f"""
    UPDATE source_items AS items SET previous_id = NULL FROM (
        {PREVIOUS} FOR UPDATE
    ) AS old WHERE items.source_id = old.source_id AND items.key = old.key RETURNING old.previous_id
"""


@dataclass(frozen=True)
class _Documents:
    """The documents of an item: the one that it has, and the one that is found until that one is published."""

    current: UUID | None = None
    previous: UUID | None = None

    def after(self, new: UUID, published: Collection[UUID]) -> "_Documents":
        """What they are when the item gets another document."""
        if new in published:
            return _Documents(new)
        if new == self.current:
            return self
        return _Documents(new, self.current if self.current in published else self.previous)


class PostgresItems:
    """The port `ItemStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def place(self, source_id: UUID, key: str, version: Version, document_id: UUID) -> None:
        async with self.database.transaction() as connection:
            old = await _locked(connection, source_id, key, document_id)
            cursor = await connection.execute(PUBLISHED, [_ids(old.current, document_id)])
            new = old.after(document_id, {id for (id,) in await cursor.fetchall()})
            values = vars(version) | {"source": source_id, "key": key, "document": document_id}
            if (await connection.execute(PLACE, values | {"previous": new.previous})).rowcount == 0:
                raise SourceNotFound
            await _delete_free(connection, _ids(old.current, old.previous))

    async def move(self, source_id: UUID, key: str, to: str, version: Version, filename: str) -> None:
        async with self.database.transaction() as connection:
            values = {"source": source_id, "key": key, "to": to, "stamp": version.stamp}
            row = await (await connection.execute(MOVE.encode(), values)).fetchone()
            if row is None:
                raise SourceNotFound
            await connection.execute(RENAME_FILE, [filename, row[0]])
            if (await connection.execute(RENAME_DOCUMENT, [filename, row[0]])).rowcount:
                await bump_version(connection)

    async def seen(self, source_id: UUID, keys: Collection[str]) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(SEEN, [source_id, list(keys)])

    async def failed(self, source_id: UUID, key: str, error: str) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(FAILED, [key, error, source_id])

    async def missing(self, source_id: UUID, keys: Collection[str]) -> list[str]:
        async with self.database.transaction() as connection:
            cursor = await connection.execute(MISSING, [source_id, list(keys)])
            return [key for key, due in await cursor.fetchall() if due]

    async def forget(self, source_id: UUID, key: str) -> None:
        async with self.database.transaction() as connection:
            old = await _locked(connection, source_id, key)
            await connection.execute(FORGET.encode(), {"source": source_id, "key": key})
            await _delete_free(connection, _ids(old.current, old.previous))


async def delete_previous(connection: Connection, document_id: UUID) -> None:
    """Delete the documents that this one replaces in sources, in the transaction that publishes it.

    It is the first of these writes: the item is locked before its job, as `_delete_free` does.
    """
    replaced = await (await connection.execute(PREVIOUS, [document_id])).fetchall()
    await connection.execute(LOCK_FILES, [[document_id, *(previous for _, _, previous in replaced)]])
    cursor = await connection.execute(TAKE_PREVIOUS.encode(), [document_id])
    await _delete_free(connection, [previous for (previous,) in await cursor.fetchall()])


async def _locked(connection: Connection, source_id: UUID, key: str, *more: UUID) -> _Documents:
    """The documents of an item, which is locked; and their files first, and those of `more`."""
    values = {"source": source_id, "key": key}
    row = await (await connection.execute(DOCUMENTS.encode(), values)).fetchone()
    await connection.execute(LOCK_FILES, [_ids(*(row or ()), *more)])
    row = await (await connection.execute(f"{DOCUMENTS} FOR UPDATE".encode(), values)).fetchone()
    return _Documents(*row) if row else _Documents()


async def _delete_free(connection: Connection, ids: Collection[UUID]) -> None:
    """Delete those of the documents that came of sources and belong to no item, with their files and jobs."""
    if not ids:
        return
    free = [id for (id,) in await (await connection.execute(FREE.encode(), [list(ids)])).fetchall()]
    await connection.execute(CANCEL, [free])
    await connection.execute("DELETE FROM files WHERE id = ANY(%s)", [free])
    if (await connection.execute("DELETE FROM documents WHERE id = ANY(%s)", [free])).rowcount:
        await bump_version(connection)


def _ids(*ids: UUID | None) -> list[UUID]:
    return [id for id in ids if id is not None]
