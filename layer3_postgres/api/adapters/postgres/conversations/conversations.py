"""Reading, renaming and deleting conversations: the port `Conversations`."""

from dataclasses import replace
from itertools import groupby
from typing import Any
from uuid import UUID

from psycopg.rows import TupleRow

from api.adapters.postgres.conversations.turn_log import hold_documents
from api.adapters.postgres.database import Database
from api.services.conversations.conversations import Conversation, StoredMessage, StoredSource
from api.services.documents.store import Position

CONVERSATION = "id, title, created_at, updated_at"
LIST = f"""
    SELECT {CONVERSATION} FROM conversations
    WHERE {{after}}
    ORDER BY updated_at DESC, id DESC LIMIT %s
"""
GET = f"SELECT {CONVERSATION} FROM conversations WHERE id = %s"
RENAME = f"UPDATE conversations SET title = %s WHERE id = %s RETURNING {CONVERSATION}"
REMOVE = "DELETE FROM conversations WHERE id = %s"
# A message once for each of its sources, each with what stands at its place now.
MESSAGES = """
    SELECT m.id, m.index, m.role, m.content, m.created_at, m.answer,
        s.marker, s.document_id, s.filename, s.chunk_id, s.page, s.start, s."end",
        substr(c.text, s.start - c.start + 1, s."end" - s.start), s.score
    FROM (
        SELECT * FROM messages WHERE conversation_id = %s AND index < %s ORDER BY index DESC LIMIT %s
    ) AS m
    LEFT JOIN message_sources s ON s.message_id = m.id
    LEFT JOIN chunks c ON c.id = s.chunk_id
    ORDER BY m.index, s.marker
"""
MESSAGE_COLUMNS = 6
NO_INDEX = 2**31 - 1
CITED = """
    SELECT DISTINCT document_id FROM message_sources JOIN messages ON messages.id = message_id
    WHERE conversation_id = %s
"""


class PostgresConversations:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def page(self, limit: int, after: Position | None) -> list[Conversation]:
        """Walks the index on the place in the list."""
        condition, parameters = "true", list[Any]()
        if after is not None:
            condition, parameters = "(updated_at, id) < (%s, %s)", [after.time, after.id]
        rows = await self.database.rows(LIST.format(after=condition).encode(), [*parameters, limit])
        return [Conversation(*row) for row in rows]

    async def get(self, conversation_id: UUID) -> Conversation | None:
        rows = await self.database.rows(GET.encode(), [conversation_id])
        return Conversation(*rows[0]) if rows else None

    async def messages(self, conversation_id: UUID, before: int | None, limit: int) -> list[StoredMessage]:
        parameters = [conversation_id, NO_INDEX if before is None else before, limit]
        rows = await self.database.rows(MESSAGES, parameters)
        return [
            replace(StoredMessage(*message), sources=[_source(row) for row in same if row[MESSAGE_COLUMNS]])
            for message, same in groupby(rows, key=lambda row: row[:MESSAGE_COLUMNS])
        ]

    async def rename(self, conversation_id: UUID, title: str) -> Conversation | None:
        async with self.database.transaction() as connection:
            row = await (await connection.execute(RENAME.encode(), [title, conversation_id])).fetchone()
        return Conversation(*row) if row else None

    async def remove(self, conversation_id: UUID) -> bool:
        async with self.database.transaction() as connection:
            cited = await (await connection.execute(CITED, [conversation_id])).fetchall()
            await hold_documents(connection, [row[0] for row in cited])
            return (await connection.execute(REMOVE, [conversation_id])).rowcount == 1


def _source(row: TupleRow) -> StoredSource:
    return StoredSource(*row[MESSAGE_COLUMNS:])
