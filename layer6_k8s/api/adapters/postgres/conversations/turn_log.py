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
INSERT_MESSAGES = """
    INSERT INTO messages (id, conversation_id, index, role, content, created_at, answer)
    SELECT new.id, %(conversation)s, next.index + new.place, new.role, new.content, new.created_at, new.answer
    FROM (SELECT coalesce(max(index) + 1, 0) FROM messages WHERE conversation_id = %(conversation)s) AS next (index),
        (VALUES (%(question_id)s::uuid, 0, 'user', %(question)s::text, %(asked_at)s::timestamptz, NULL::json),
            (%(answer_id)s, 1, 'assistant', %(response)s, %(answered_at)s, %(answer)s))
            AS new (id, place, role, content, created_at, answer)
"""
INSERT_SOURCES = """
    INSERT INTO message_sources (message_id, marker, document_id, chunk_id, filename, page, start, "end", score)
    SELECT %s, marker, document_id, (SELECT id FROM chunks WHERE id = source.chunk_id),
        filename, page, start, "end", score
    FROM unnest(%s::int[], %s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::int[], %s::int[], %s::float8[])
        AS source (marker, document_id, chunk_id, filename, page, start, "end", score)
"""
CITED = "SELECT DISTINCT document_id FROM message_sources WHERE message_id = %s"
LOCK_DOCUMENTS = "SELECT FROM documents WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


class PostgresTurnLog:
    """A turn is stored in one round trip; one that continues a conversation waits for a lock in between."""

    def __init__(self, database: Database, writes: Sequence[TurnWrite] = ()) -> None:
        self.database = database
        self.writes = writes

    async def last_messages(self, conversation_id: UUID, limit: int) -> list[PastMessage]:
        rows = await self.database.rows(LAST_MESSAGES, [conversation_id, limit])
        return [PastMessage(*row) for row in reversed(rows)]

    async def store(self, turn: StoredTurn) -> None:
        async with self.database.batch() as connection:
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
    messages = {
        "conversation": turn.conversation_id,
        "question_id": turn.question_id,
        "question": turn.question,
        "asked_at": turn.asked_at,
        "answer_id": turn.answer_id,
        "response": turn.response,
        "answered_at": answered_at,
        "answer": Json(dict(turn.answer)),
    }
    await connection.execute(INSERT_MESSAGES, messages)
    sources = [(s.marker, s.document_id, s.chunk_id, s.filename, s.page, s.start, s.end, s.score) for s in turn.sources]
    if sources:
        await connection.execute(
            INSERT_SOURCES, [turn.answer_id, *(list(column) for column in zip(*sources, strict=True))]
        )
