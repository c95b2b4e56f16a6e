"""Answers to requests with an `Idempotency-Key`: the port `AnswerLog`."""

from psycopg.types.json import Json

from api.adapters.postgres.database import Database
from api.services.serving.idempotency import (
    KEPT_HOURS,
    RUNNING_SECONDS,
    IdempotencyKeyReused,
    KeptAnswer,
    RequestInProgress,
)

FORGET = f"DELETE FROM answers WHERE created_at < now() - interval '{KEPT_HOURS} hours'"
BEGIN = f"""
    WITH abandoned AS (
        UPDATE answers SET created_at = now()
        WHERE key = %(key)s AND fingerprint = %(fingerprint)s AND status IS NULL
            AND created_at < now() - interval '{RUNNING_SECONDS} seconds'
        RETURNING key
    ), new AS (
        INSERT INTO answers (key, fingerprint) SELECT %(key)s, %(fingerprint)s
        WHERE NOT EXISTS (SELECT FROM abandoned) ON CONFLICT DO NOTHING RETURNING key
    )
    SELECT FROM abandoned UNION ALL SELECT FROM new
"""
FIND = "SELECT fingerprint, status, headers, body FROM answers WHERE key = %(key)s"
KEEP = "UPDATE answers SET status = %(status)s, headers = %(headers)s, body = %(body)s WHERE key = %(key)s"
DROP = "DELETE FROM answers WHERE key = %(key)s AND status IS NULL"


class PostgresAnswers:
    """The port `AnswerLog`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def begin(self, key: str, fingerprint: str) -> KeptAnswer | None:
        async with self.database.transaction() as connection:
            await connection.execute(FORGET)
            begun = await connection.execute(BEGIN.encode(), {"key": key, "fingerprint": fingerprint})
            if await begun.fetchone() is not None:
                return None
            row = await (await connection.execute(FIND, {"key": key})).fetchone()
        if row is None:
            raise RequestInProgress  # it was dropped between the two statements
        asked, status, headers, body = row
        if asked != fingerprint:
            raise IdempotencyKeyReused
        if status is None:
            raise RequestInProgress
        return KeptAnswer(status, headers, bytes(body))

    async def keep(self, key: str, answer: KeptAnswer) -> None:
        values = {"key": key, "status": answer.status, "headers": Json(dict(answer.headers)), "body": answer.body}
        async with self.database.transaction() as connection:
            await connection.execute(KEEP, values)

    async def drop(self, key: str) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(DROP, {"key": key})
