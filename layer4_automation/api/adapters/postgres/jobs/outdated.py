"""The documents that an earlier parser read."""

from api.adapters.postgres.database import Database
from api.services.documents.store import Position
from api.services.jobs.jobs import OutdatedDocument
from api.services.parsing.parser import PARSER_VERSION

OUTDATED = """
    SELECT id, filename, created_at, kept, EXISTS (
        SELECT FROM jobs WHERE jobs.document_id = older.id AND state IN ('queued', 'running')
    ) FROM (
        SELECT documents.id, documents.filename, documents.created_at, data IS NOT NULL AS kept
        FROM documents LEFT JOIN files USING (id)
        WHERE parser < %(parser)s
          AND (%(time)s::timestamptz IS NULL OR (documents.created_at, documents.id) < (%(time)s, %(id)s::uuid))
        ORDER BY documents.created_at DESC, documents.id DESC LIMIT %(limit)s
    ) AS older ORDER BY created_at DESC, id DESC
"""


async def outdated_documents(database: Database, limit: int, after: Position | None) -> list[OutdatedDocument]:
    """Newest first."""
    time, id = (after.time, after.id) if after else (None, None)
    rows = await database.rows(OUTDATED, {"parser": PARSER_VERSION, "limit": limit, "time": time, "id": id})
    return [OutdatedDocument(*row) for row in rows]
