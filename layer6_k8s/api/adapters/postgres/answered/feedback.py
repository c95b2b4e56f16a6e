"""Feedback on answers: the port `FeedbackStore`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

from api.adapters.postgres.database import Database
from api.services.documents.store import Position
from api.services.feedback.feedback import CitedDocument, Feedback, Kept, RatedAnswer, Rating

COLUMNS = "message_id, at, rating, reason, comment, correction"
# Votes on one answer come one after the other, so that each knows the one before it; and the message stays.
LOCK = "SELECT FROM messages WHERE id = %s AND role = 'assistant' FOR NO KEY UPDATE"
BEFORE = "SELECT rating FROM feedback WHERE message_id = %s"
PUT = f"""
    INSERT INTO feedback ({COLUMNS})
    VALUES (%(message_id)s, %(at)s, %(rating)s, %(reason)s, %(comment)s, %(correction)s)
    ON CONFLICT (message_id) DO UPDATE SET at = excluded.at, rating = excluded.rating, reason = excluded.reason,
        comment = excluded.comment, correction = excluded.correction
"""
REMOVE = "DELETE FROM feedback WHERE message_id = %s RETURNING message_id"
OF = f"SELECT {COLUMNS} FROM feedback WHERE message_id = ANY(%s)"
# The question is the message right before its answer.
PAGE = f"""
    SELECT {COLUMNS}, answers.conversation_id, questions.content, (
        SELECT coalesce(json_agg(DISTINCT jsonb_build_object(
            'id', document_id, 'filename', filename,
            'deleted', NOT EXISTS (SELECT FROM documents WHERE documents.id = document_id)
        )), '[]')
        FROM message_sources WHERE message_sources.message_id = answers.id
    )
    FROM feedback
    JOIN messages AS answers ON answers.id = feedback.message_id
    JOIN messages AS questions
        ON questions.conversation_id = answers.conversation_id AND questions.index = answers.index - 1
    WHERE (%(rating)s::text IS NULL OR rating = %(rating)s)
        AND (%(corrected)s::boolean IS NULL OR (correction IS NOT NULL) = %(corrected)s)
        AND (%(time)s::timestamptz IS NULL OR (feedback.at, message_id) < (%(time)s, %(id)s))
    ORDER BY feedback.at DESC, message_id DESC LIMIT %(limit)s
"""


class PostgresFeedback:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def put(self, feedback: Feedback) -> Kept | None:
        id = [feedback.message_id]
        async with self.database.transaction() as connection:
            if (await connection.execute(LOCK, id)).rowcount == 0:
                return None
            before = await (await connection.execute(BEFORE, id)).fetchone()
            await connection.execute(PUT.encode(), asdict(feedback))
        if before is None:
            return "new"
        return "same" if before[0] == feedback.rating else "changed"

    async def remove(self, message_id: UUID) -> bool:
        return bool(await self.database.rows(REMOVE, [message_id]))

    async def of(self, message_ids: Sequence[UUID]) -> Mapping[UUID, Feedback]:
        if not message_ids:
            return {}
        rows = await self.database.rows(OF.encode(), [list(message_ids)])
        return {row[0]: Feedback(*row) for row in rows}

    async def page(
        self, limit: int, after: Position | None, rating: Rating | None, corrected: bool | None
    ) -> list[RatedAnswer]:
        values = {
            "limit": limit,
            "time": after.time if after else None,
            "id": after.id if after else None,
            "rating": rating,
            "corrected": corrected,
        }
        rows = await self.database.rows(PAGE.encode(), values)
        return [
            RatedAnswer(
                Feedback(*row[:6]),
                row[6],
                row[7],
                [CitedDocument(UUID(one["id"]), one["filename"], one["deleted"]) for one in row[8]],
            )
            for row in rows
        ]
