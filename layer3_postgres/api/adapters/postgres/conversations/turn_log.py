"""Keeping turns, and reading what was said: the port `TurnLog`.

A document that is being deleted and a turn that cites it meet at the document's row: whoever comes second sees what
the first did. Everything that touches sources takes that lock first, and so none waits for another in a circle.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Json

from api.adapters.postgres.database import Connection, Database
from api.services.conversations.conversations import ConversationNotFound, PastMessage, StoredTurn

PAST = """
    SELECT id, role, content, EXISTS (
        SELECT FROM message_sources WHERE message_id = messages.id AND chunk_id IS NULL
    )
    FROM messages WHERE conversation_id = %s ORDER BY index DESC LIMIT %s
"""
BEGIN = "INSERT INTO conversations (id, title, created_at, updated_at) VALUES (%s, %s, %s, %s)"
GO_ON = "UPDATE conversations SET updated_at = greatest(updated_at, %s) WHERE id = %s RETURNING updated_at"
# The answer, and the message right before it, which is its question.
REPLACED = """
    DELETE FROM messages USING (SELECT index FROM messages WHERE id = %(answer)s) AS answer
    WHERE conversation_id = %(conversation)s AND messages.index IN (answer.index - 1, answer.index)
"""
NEXT = "SELECT coalesce(max(index) + 1, 0) FROM messages WHERE conversation_id = %s"
MESSAGE = """
    INSERT INTO messages (id, conversation_id, index, role, content, created_at, answer)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
SOURCE = """
    INSERT INTO message_sources (message_id, marker, document_id, chunk_id, filename, page, start, "end", score)
    VALUES (%s, %s, %s, (SELECT id FROM chunks WHERE id = %s), %s, %s, %s, %s, %s)
"""
CITED = "SELECT DISTINCT document_id FROM message_sources WHERE message_id = %s"
HOLD = "SELECT FROM documents WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


class PostgresTurnLog:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def past(self, conversation_id: UUID, limit: int) -> list[PastMessage]:
        rows = await self.database.rows(PAST, [conversation_id, limit])
        return [PastMessage(*row) for row in reversed(rows)]

    async def keep(self, turn: StoredTurn) -> None:
        async with self.database.transaction() as connection:
            await hold_documents(connection, await _cited(connection, turn))
            answered_at = await _enter(connection, turn)
            if turn.replaces is not None:
                await connection.execute(REPLACED, {"answer": turn.replaces, "conversation": turn.conversation_id})
            await _insert(connection, turn, answered_at)


async def hold_documents(connection: Connection, ids: Sequence[UUID]) -> None:
    """Until the transaction ends none of these is deleted; those that were are gone by now."""
    if ids:
        await connection.execute(HOLD, [list(ids)])


async def _cited(connection: Connection, turn: StoredTurn) -> list[UUID]:
    """The documents that the turn cites, and those that the one before it in this place does."""
    ids = {source.document_id for source in turn.sources}
    if turn.replaces is not None:
        ids |= {row[0] for row in await (await connection.execute(CITED, [turn.replaces])).fetchall()}
    return list(ids)


async def _enter(connection: Connection, turn: StoredTurn) -> datetime:
    """Begin the conversation, or lock it: of the turns that come at once each sees those before it.

    Returns when the answer came; one that is kept after another did not come before it.
    """
    if turn.begins is not None:
        values = [turn.conversation_id, turn.begins, turn.asked_at, turn.answered_at]
        await connection.execute(BEGIN, values)
        return turn.answered_at
    entered = await (await connection.execute(GO_ON, [turn.answered_at, turn.conversation_id])).fetchone()
    if entered is None:
        raise ConversationNotFound(f"There is no conversation {turn.conversation_id}.")
    answered_at: datetime = entered[0]
    return answered_at


async def _insert(connection: Connection, turn: StoredTurn, answered_at: datetime) -> None:
    conversation = turn.conversation_id
    found = await (await connection.execute(NEXT, [conversation])).fetchone()
    index = found[0] if found else 0
    question = (turn.question_id, conversation, index, "user", turn.question, turn.asked_at, None)
    metadata = Json(dict(turn.answer))
    answer = (turn.answer_id, conversation, index + 1, "assistant", turn.response, answered_at, metadata)
    sources = [
        (turn.answer_id, s.marker, s.document_id, s.chunk_id, s.filename, s.page, s.start, s.end, s.score)
        for s in turn.sources
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(MESSAGE, [question, answer])
        if sources:
            await cursor.executemany(SOURCE, sources)
