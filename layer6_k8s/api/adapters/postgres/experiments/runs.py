"""Runs in PostgreSQL: the port `RunStore`."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID, uuid4

from psycopg.types.json import Json

from api.adapters.postgres.database import Connection, Database
from api.adapters.postgres.experiments.columns import RUN, read_run
from api.services.documents.store import Position
from api.services.experiments.runs import Experiment, NewRun, Result, Run

NOW = "date_trunc('milliseconds', clock_timestamp())"  # cursors have whole milliseconds
EXPERIMENT = f"INSERT INTO experiments (id, name, created_at) VALUES (%s, %s, {NOW}) ON CONFLICT DO NOTHING"
NAMED = "SELECT id FROM experiments WHERE name = %s"
INSERT = f"""
    INSERT INTO runs (id, experiment_id, created_at, version, code_commit, settings, embedding_space, prompt, model,
        data_name, data_sha256, metrics, questions)
    VALUES (%s, %s, {NOW}, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING {RUN}
"""
RESULT = "INSERT INTO run_results (run_id, index, question, scores) VALUES (%s, %s, %s, %s)"
EXPERIMENTS = """
    SELECT id, name, created_at, (SELECT count(*) FROM runs WHERE experiment_id = experiments.id),
        (SELECT max(created_at) FROM runs WHERE experiment_id = experiments.id)
    FROM experiments
"""
BEFORE = "(created_at, id) < (%(time)s, %(id)s)"
NEWEST = "ORDER BY created_at DESC, id DESC LIMIT %(limit)s"
FIND = "SELECT id FROM experiments WHERE name = %(given)s OR id::text = lower(%(given)s)"
RESULTS = "SELECT question, scores FROM run_results WHERE run_id = %s AND index >= %s ORDER BY index LIMIT %s"


class PostgresRuns:
    """The port `RunStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def add(self, experiment: str, new: NewRun) -> Run:
        async with self.database.transaction() as connection:
            await connection.execute(EXPERIMENT.encode(), [uuid4(), experiment])
            cursor = await connection.execute(NAMED, [experiment])
            ((experiment_id,),) = await cursor.fetchall()
            cursor = await connection.execute(INSERT.encode(), _values(uuid4(), experiment_id, new))
            [row] = await cursor.fetchall()
            await _insert(connection, row[0], new.results)
        return read_run(row)

    async def experiments(self, limit: int, after: Position | None) -> Sequence[Experiment]:
        where = f"WHERE {BEFORE}" if after else ""
        rows = await self.database.rows(f"{EXPERIMENTS} {where} {NEWEST}".encode(), _page(limit, after))
        return [Experiment(*row) for row in rows]

    async def find(self, experiment: str) -> UUID | None:
        rows = await self.database.rows(FIND, {"given": experiment})
        return rows[0][0] if rows else None

    async def runs(self, experiment_id: UUID, limit: int, after: Position | None) -> Sequence[Run]:
        where = f"AND {BEFORE}" if after else ""
        query = f"SELECT {RUN} FROM runs WHERE experiment_id = %(experiment)s {where} {NEWEST}"
        values = _page(limit, after) | {"experiment": experiment_id}
        return [read_run(row) for row in await self.database.rows(query.encode(), values)]

    async def run(self, id: UUID) -> Run | None:
        rows = await self.database.rows(f"SELECT {RUN} FROM runs WHERE id = %s".encode(), [id])
        return read_run(rows[0]) if rows else None

    async def results(self, id: UUID, first: int, limit: int) -> Sequence[Result]:
        return [Result(*row) for row in await self.database.rows(RESULTS, [id, first, limit])]


def _values(id: UUID, experiment_id: UUID, new: NewRun) -> list[object]:
    """The parameters of `INSERT`."""
    setup, data = new.setup, new.data
    return [
        id,
        experiment_id,
        setup.version,
        new.commit,
        Json(dict(setup.settings)),
        setup.embedding_space,
        setup.prompt,
        setup.model,
        data.name if data else None,
        data.sha256 if data else None,
        Json([asdict(measure) for measure in new.metrics]),
        len(new.results),
    ]


def _page(limit: int, after: Position | None) -> dict[str, object]:
    position = {"time": after.time, "id": after.id} if after else {}
    return {"limit": limit, **position}


async def _insert(connection: Connection, id: UUID, results: Sequence[Result]) -> None:
    rows = [[id, index, result.question, Json(dict(result.scores))] for index, result in enumerate(results)]
    async with connection.cursor() as cursor:
        await cursor.executemany(RESULT, rows)
