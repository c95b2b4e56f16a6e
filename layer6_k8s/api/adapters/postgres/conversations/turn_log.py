"""Storing turns, and reading the messages before a follow-up: the port `TurnLog`.

The deletion of a document and a turn that cites it lock the document's row: the second one sees what the first one did.
Every transaction that writes sources takes this lock first, so there is no deadlock.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Json

from api.adapters.postgres.database import Connection, Database
from api.services.conversations.conversations import ConversationNotFound, PastMessage, StoredTurn

TurnWrite = Callable[[Connection, StoredTurn], Awaitable[None]]
"""A further write that belongs to a stored turn. It runs in the turn's transaction: both are stored, or neither."""

LAST_MESSAGES = """
    SELECT id, role, content, EXISTS (
        SELECT FROM message_sources WHERE message_id = messages.id AND chunk_id IS NULL
    )
    FROM messages WHERE conversation_id = %s ORDER BY index DESC LIMIT %s
"""
INSERT_CONVERSATION = "INSERT INTO conversations (id, title, created_at, updated_at) VALUES (%s, %s, %s, %s)"
LOCK_CONVERSATION = """
    UPDATE conversations SET updated_at = greatest(updated_at, %s) WHERE id = %s RETURNING updated_at
"""
# The answer, and the message right before it, which is its question.
DELETE_REPLACED = """
    DELETE FROM messages USING (SELECT index FROM messages WHERE id = %(answer)s) AS answer
    WHERE conversation_id = %(conversation)s AND messages.index IN (answer.index - 1, answer.index)
"""
NEXT_INDEX = "SELECT coalesce(max(index) + 1, 0) FROM messages WHERE conversation_id = %s"
INSERT_MESSAGE = """
    INSERT INTO messages (id, conversation_id, index, role, content, created_at, answer)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
INSERT_SOURCE = """
    INSERT INTO message_sources (message_id, marker, document_id, chunk_id, filename, page, start, "end", score)
    VALUES (%s, %s, %s, (SELECT id FROM chunks WHERE id = %s), %s, %s, %s, %s, %s)
"""
CITED = "SELECT DISTINCT document_id FROM message_sources WHERE message_id = %s"
LOCK_DOCUMENTS = "SELECT FROM documents WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


class PostgresTurnLog:
    def __init__(self, database: Database, writes: Sequence[TurnWrite] = ()) -> None:
        self.database = database
        self.writes = writes

    async def last_messages(self, conversation_id: UUID, limit: int) -> list[PastMessage]:
        rows = await self.database.rows(LAST_MESSAGES, [conversation_id, limit])
        return [PastMessage(*row) for row in reversed(rows)]

    async def store(self, turn: StoredTurn) -> None:
        async with self.database.transaction() as connection:
            await lock_documents(connection, await _cited(connection, turn))
            answered_at = await _open_conversation(connection, turn)
            if turn.replaces is not None:
                await connection.execute(
                    DELETE_REPLACED, {"answer": turn.replaces, "conversation": turn.conversation_id}
                )
            await _insert(connection, turn, answered_at)
            for write in self.writes:
                await write(connection, turn)


async def lock_documents(connection: Connection, ids: Sequence[UUID]) -> None:
    """None of these can be deleted until the transaction ends; a deletion that is running is waited for."""
    if ids:
        await connection.execute(LOCK_DOCUMENTS, [list(ids)])


async def _cited(connection: Connection, turn: StoredTurn) -> list[UUID]:
    """The documents that the turn cites, and those that the replaced turn cites."""
    ids = {source.document_id for source in turn.sources}
    if turn.replaces is not None:
        ids |= {row[0] for row in await (await connection.execute(CITED, [turn.replaces])).fetchall()}
    return list(ids)


async def _open_conversation(connection: Connection, turn: StoredTurn) -> datetime:
    """Create the conversation, or lock it, so that each of several concurrent turns sees those before it.

    Returns the time of the answer, which is not before that of the answer stored last.
    """
    if turn.title is not None:
        values = [turn.conversation_id, turn.title, turn.asked_at, turn.answered_at]
        await connection.execute(INSERT_CONVERSATION, values)
        return turn.answered_at
    cursor = await connection.execute(LOCK_CONVERSATION, [turn.answered_at, turn.conversation_id])
    locked = await cursor.fetchone()
    if locked is None:
        raise ConversationNotFound(f"There is no conversation {turn.conversation_id}.")
    answered_at: datetime = locked[0]
    return answered_at


async def _insert(connection: Connection, turn: StoredTurn, answered_at: datetime) -> None:
    conversation = turn.conversation_id
    found = await (await connection.execute(NEXT_INDEX, [conversation])).fetchone()
    index = found[0] if found else 0
    question = (turn.question_id, conversation, index, "user", turn.question, turn.asked_at, None)
    metadata = Json(dict(turn.answer))
    answer = (turn.answer_id, conversation, index + 1, "assistant", turn.response, answered_at, metadata)
    sources = [
        (turn.answer_id, s.marker, s.document_id, s.chunk_id, s.filename, s.page, s.start, s.end, s.score)
        for s in turn.sources
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(INSERT_MESSAGE, [question, answer])
        if sources:
            await cursor.executemany(INSERT_SOURCE, sources)
