"""A/B tests, and what happened in them: the port `ABTestStore`."""

from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow
from psycopg.types.json import Json

from api.adapters.postgres.database import Database
from api.services.ab_tests.ab_test import (
    ABTest,
    ABTestRunning,
    Activity,
    Exposure,
    Verdict,
    arms_as_json,
    arms_from_json,
)

PART = 2_000
"""Rows that are fetched at a time."""
INSERT = """
    INSERT INTO ab_tests (id, name, arms, unit, metric, guardrails, horizon, stop, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
COLUMNS = """
    id, name, arms, unit, metric, guardrails, horizon, stop, created_at, stopped_at, stopped_reason, verdict
"""
ONE = f"SELECT {COLUMNS} FROM ab_tests WHERE id = %s"
ALL = f"SELECT {COLUMNS} FROM ab_tests ORDER BY created_at DESC, id"
RUNNING = f"SELECT {COLUMNS} FROM ab_tests WHERE stopped_at IS NULL"
STOP = """
    UPDATE ab_tests SET stopped_at = now(), stopped_reason = %s, verdict = %s WHERE id = %s AND stopped_at IS NULL
"""
# A deleted conversation leaves its answers here, without votes.
OF_TEST = """
    FROM answered LEFT JOIN feedback ON feedback.message_id = answered.id
    LEFT JOIN conversations ON conversations.id = answered.conversation_id
    WHERE experiment = %(id)s AND answered.conversation_id IS NOT NULL
    AND (conversations.created_at IS NULL OR conversations.created_at >= %(began)s)
"""
EXPOSURES = f"""
    SELECT answered.conversation_id, arm, latency_ms, refusal IS NOT NULL, supported + unsupported + unknown,
        unsupported, cost::float8, rating
    {OF_TEST} ORDER BY answered.at, answered.id
"""
ACTIVITY = f"SELECT count(*), count(feedback.message_id), max(feedback.at) {OF_TEST}"
RATE = """
    SELECT avg((rating = 'up')::int)::float8 FROM (SELECT rating FROM feedback ORDER BY at DESC LIMIT 1000) AS last
"""


class PostgresABTests:
    """The port `ABTestStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def add(self, test: ABTest) -> None:
        arms, guardrails = Json(arms_as_json(test.arms)), Json(list(test.guardrails))
        values = [test.id, test.name, arms, test.unit, test.metric, guardrails, test.horizon, test.stop]
        try:
            async with self.database.transaction() as connection:
                await connection.execute(INSERT, [*values, test.created_at])
        except UniqueViolation as error:
            raise ABTestRunning from error

    async def stop(self, id: UUID, reason: str, verdict: Verdict) -> bool:
        async with self.database.transaction() as connection:
            return (await connection.execute(STOP, [reason, verdict, id])).rowcount == 1

    async def get(self, id: UUID) -> ABTest | None:
        rows = await self.database.rows(ONE, [id])
        return _test(rows[0]) if rows else None

    async def all(self) -> list[ABTest]:
        return [_test(row) for row in await self.database.rows(ALL)]

    async def running(self) -> ABTest | None:
        rows = await self.database.rows(RUNNING)
        return _test(rows[0]) if rows else None

    async def activity(self, test: ABTest) -> Activity:
        ((answers, votes, last),) = await self.database.rows(ACTIVITY, {"id": test.id, "began": test.created_at})
        return answers, votes, last

    async def exposures(self, test: ABTest) -> list[Exposure]:
        """Fetched in parts: to read a hundred thousand rows at once would keep all requests waiting."""
        values = {"id": test.id, "began": test.created_at}
        async with self.database.transaction() as connection, connection.cursor("exposures", binary=True) as cursor:
            cursor.itersize = PART
            await cursor.execute(EXPOSURES, values)
            return [Exposure(*row) async for row in cursor]

    async def rate(self) -> float | None:
        ((rate,),) = await self.database.rows(RATE)
        return None if rate is None else float(rate)


def _test(row: TupleRow) -> ABTest:
    """From the columns of `COLUMNS`."""
    id, name, arms, unit, metric, guardrails, *others = row
    return ABTest(id, name, arms_from_json(arms), unit, metric, tuple(guardrails), *others)
