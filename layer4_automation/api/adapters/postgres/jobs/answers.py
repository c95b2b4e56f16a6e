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
    INSERT INTO answers (key, fingerprint) VALUES (%(key)s, %(fingerprint)s)
    ON CONFLICT (key) DO UPDATE SET created_at = now()
        WHERE answers.fingerprint = excluded.fingerprint AND answers.status IS NULL
        AND answers.created_at < now() - interval '{RUNNING_SECONDS} seconds'
    RETURNING key
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
            if await begun.fetchone():
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
