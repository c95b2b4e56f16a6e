"""Totals of the answers: the port `UsageStore`."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from api.adapters.postgres.database import Database
from api.services.usage.service import DayTotals, ModelTotals, RouteTotals, Totals, Used

# One scan for all four; GROUPING says which columns a row does not group by. Dates compare in the session's UTC.
USED = """
    SELECT grouping(day, model, route), day, provider, model, route,
        count(*), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0),
        coalesce(sum(cost), 0)::float8, count(*) FILTER (WHERE cost IS NULL),
        count(*) FILTER (WHERE rating = 'up'), count(*) FILTER (WHERE rating = 'down')
    FROM (
        SELECT answered.at::date AS day, answered.*, rating
        FROM answered LEFT JOIN feedback ON message_id = id
        WHERE answered.at >= %(first)s AND answered.at < %(last)s::date + 1
    ) AS given
    GROUP BY GROUPING SETS ((), (day), (provider, model), (route))
    ORDER BY day, count(*) DESC, provider, model, route
"""
ALL, DAY, MODEL, ROUTE = 0b111, 0b011, 0b101, 0b110


class PostgresUsage:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def between(self, first: date, last: date) -> Used:
        rows = await self.database.rows(USED, {"first": first, "last": last})

        def grouped(by: int) -> list[Sequence[Any]]:
            return [row[1:] for row in rows if row[0] == by]

        return Used(
            total=Totals(*grouped(ALL)[0][4:]),
            days=[DayTotals(*counts, day=day) for day, _, _, _, *counts in grouped(DAY)],
            models=[ModelTotals(*counts, provider=p, model=m) for _, p, m, _, *counts in grouped(MODEL)],
            routes=[RouteTotals(*counts, route=route) for _, _, _, route, *counts in grouped(ROUTE)],
        )
