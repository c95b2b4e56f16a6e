"""Samples of stored answers: the port `SampleStore`."""

from collections.abc import Sequence
from dataclasses import astuple, fields

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import TupleRow

from api.adapters.postgres.database import Database
from api.services.conversations.conversations import StoredSource
from api.services.sampling.samples import Asked, Sample, Summary

HISTORY = 40
# The first 32 bits of a hash of the id, as a share of all.
IN_SAMPLE = "(('x' || substr(md5(messages.id::text), 1, 8))::bit(32)::bigint) < %(share)s * 4294967296"
# An answer from the documents is one that cites, or that was refused.
FROM_DOCUMENTS = """
    messages.role = 'assistant' AND messages.created_at > now() - interval '7 days' AND (
        messages.answer->>'refusal' IS NOT NULL
        OR EXISTS (SELECT FROM message_sources WHERE message_id = messages.id)
    )
"""
NEXT = f"""
    SELECT messages.id, messages.created_at, question.content, messages.content, messages.answer, (
        SELECT coalesce(json_agg(json_build_array(role, content) ORDER BY index), '[]') FROM messages AS past
        WHERE past.conversation_id = messages.conversation_id AND past.index < question.index
        AND past.index >= question.index - {HISTORY}
    )
    FROM messages JOIN messages AS question ON question.conversation_id = messages.conversation_id
        AND question.index = messages.index - 1
    WHERE {FROM_DOCUMENTS} AND {IN_SAMPLE}
    AND NOT EXISTS (SELECT FROM samples WHERE message_id = messages.id)
    ORDER BY messages.created_at LIMIT %(limit)s
"""
SOURCES = """
    SELECT message_id, marker, message_sources.document_id, filename, chunk_id, message_sources.page,
        message_sources.start, message_sources."end", score, chunks.start, chunks.text, chunks.heading
    FROM message_sources LEFT JOIN chunks ON chunks.id = chunk_id
    WHERE message_id = ANY(%s) ORDER BY marker
"""
NAMES = ", ".join(field.name for field in fields(Sample))
ADD = f"""
    INSERT INTO samples ({NAMES}) VALUES ({", ".join(["%s"] * len(fields(Sample)))})
    ON CONFLICT DO NOTHING
"""
SUMMARY = """
    SELECT count(*), coalesce(sum(claims), 0), coalesce(sum(lost), 0), coalesce(sum(sources - deleted), 0),
        coalesce(sum(different), 0), count(again_refused), count(*) FILTER (WHERE refused <> again_refused),
        avg(overlap)::float8
    FROM samples WHERE answered_at > now() - interval '7 days'
"""


class PostgresSamples:
    """The port `SampleStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def next(self, share: float, limit: int) -> Sequence[Asked]:
        rows = await self.database.rows(NEXT, {"share": share, "limit": limit})
        sources = await self.database.rows(SOURCES, [[row[0] for row in rows]]) if rows else []
        return [_asked(row, sources) for row in rows]

    async def add(self, sample: Sample) -> None:
        try:
            async with self.database.transaction() as connection:
                await connection.execute(ADD.encode(), astuple(sample))
        except ForeignKeyViolation:
            return  # its conversation was deleted

    async def summary(self) -> Summary:
        (row,) = await self.database.rows(SUMMARY)
        return Summary(*row)


def _asked(row: TupleRow, sources: Sequence[TupleRow]) -> Asked:
    id, at, question, response, answer, history = row
    own = [StoredSource(*source[1:]) for source in sources if source[0] == id]
    return Asked(id, at, question, [(role, content) for role, content in history], response, answer, own)
