"""Reading, renaming and deleting conversations: the port `Conversations`, by typed sessions."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, delete, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from api.adapters.postgres.database import Database
from api.adapters.postgres.schema.conversation_tables import ConversationRow, MessageRow, MessageSourceRow
from api.adapters.postgres.schema.document_tables import ChunkRow, DocumentRow
from api.services.conversations.conversations import Conversation, StoredMessage, StoredSource
from api.services.documents.store import Position


class PostgresConversations:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def page(self, limit: int, after: Position | None) -> list[Conversation]:
        """Reads the index on time and id from the position on."""
        query = select(ConversationRow)
        if after is not None:
            query = query.where(tuple_(ConversationRow.updated_at, ConversationRow.id) < (after.time, after.id))
        query = query.order_by(col(ConversationRow.updated_at).desc(), col(ConversationRow.id).desc()).limit(limit)
        async with self.database.session() as session:
            return [_conversation(row) for row in await session.exec(query)]

    async def get(self, conversation_id: UUID) -> Conversation | None:
        async with self.database.session() as session:
            row = await session.get(ConversationRow, conversation_id)
            return _conversation(row) if row else None

    async def messages(self, conversation_id: UUID, before: int | None, limit: int) -> list[StoredMessage]:
        query = select(MessageRow).where(MessageRow.conversation_id == conversation_id)
        if before is not None:
            query = query.where(MessageRow.index < before)
        query = query.order_by(col(MessageRow.index).desc()).limit(limit)
        async with self.database.session() as session:
            rows = (await session.exec(query)).all()
            sources = await _sources(session, [row.id for row in rows])
            passages = await _passages(session, rows)
        return [_message(row, sources.get(row.id, []), _nearest(row, passages)) for row in reversed(rows)]

    async def rename(self, conversation_id: UUID, title: str) -> Conversation | None:
        async with self.database.session(write=True) as session:
            row = await session.get(ConversationRow, conversation_id, with_for_update=True)
            if row is None:
                return None
            row.title = title
            return _conversation(row)

    async def remove(self, conversation_id: UUID) -> bool:
        cited = (
            select(MessageSourceRow.document_id)
            .join(MessageRow, col(MessageRow.id) == MessageSourceRow.message_id)
            .where(MessageRow.conversation_id == conversation_id)
        )
        lock = select(DocumentRow.id).where(col(DocumentRow.id).in_(cited)).order_by(col(DocumentRow.id))
        async with self.database.session(write=True) as session:
            await session.exec(lock.with_for_update(read=True, key_share=True))  # as in turn_log.py
            removed = await session.exec(delete(ConversationRow).where(col(ConversationRow.id) == conversation_id))
            return removed.rowcount == 1


async def _sources(session: AsyncSession, message_ids: Sequence[UUID]) -> dict[UUID, list[StoredSource]]:
    """The sources by message, each with its chunk as long as its document is stored."""
    query = (
        select(MessageSourceRow, ChunkRow.start, ChunkRow.text, ChunkRow.heading)
        .join(ChunkRow, col(ChunkRow.id) == MessageSourceRow.chunk_id, isouter=True)
        .where(col(MessageSourceRow.message_id).in_(message_ids))
        .order_by(col(MessageSourceRow.marker))
    )
    sources: dict[UUID, list[StoredSource]] = {}
    for row, start, text, heading in await session.exec(query):
        values = row.model_dump(exclude={"message_id"})
        source = StoredSource(**values, chunk_start=start, chunk_text=text, chunk_heading=heading)
        sources.setdefault(row.message_id, []).append(source)
    return sources


async def _passages(session: AsyncSession, messages: Sequence[MessageRow]) -> dict[UUID, tuple[ChunkRow, str]]:
    """The chunks under refusals, each with the name of its document's file; without those that were deleted."""
    ids = [UUID(one["chunk_id"]) for message in messages for one in _stored_nearest(message)]
    if not ids:
        return {}
    query = select(ChunkRow, DocumentRow.filename).join(DocumentRow, col(DocumentRow.id) == ChunkRow.document_id)
    found = await session.exec(query.where(col(ChunkRow.id).in_(ids)))
    return {chunk.id: (chunk, filename) for chunk, filename in found}


def _nearest(message: MessageRow, passages: Mapping[UUID, tuple[ChunkRow, str]]) -> list[StoredSource]:
    stored = [(one, passages.get(UUID(one["chunk_id"]))) for one in _stored_nearest(message)]
    return [_passage(one, *found) for one, found in stored if found]


def _stored_nearest(message: MessageRow) -> Sequence[Mapping[str, Any]]:
    """None for a question, and for an answer that was stored before refusals had passages."""
    nearest: Sequence[Mapping[str, Any]] = (message.answer or {}).get("nearest", ())
    return nearest


def _passage(stored: Mapping[str, Any], chunk: ChunkRow, filename: str) -> StoredSource:
    return StoredSource(
        **{name: stored[name] for name in ("marker", "start", "end", "score")},
        document_id=chunk.document_id,
        filename=filename,
        chunk_id=chunk.id,
        page=chunk.page,
        chunk_start=chunk.start,
        chunk_text=chunk.text,
        chunk_heading=chunk.heading,
    )


def _conversation(row: ConversationRow) -> Conversation:
    return Conversation(**row.model_dump())


def _message(row: MessageRow, sources: Sequence[StoredSource], nearest: Sequence[StoredSource]) -> StoredMessage:
    return StoredMessage(**row.model_dump(exclude={"conversation_id"}), sources=sources, nearest=nearest)
