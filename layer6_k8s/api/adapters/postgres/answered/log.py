"""Rows of answers: the port `AnsweredLog`, and the write that belongs to a stored turn."""

from dataclasses import asdict, fields

from api.adapters.postgres.database import Connection, Database
from api.services.answered.answered import Answered, answered_now
from api.services.conversations.conversations import StoredTurn

COLUMNS = [field.name for field in fields(Answered)]
NAMES, VALUES = ", ".join(COLUMNS), ", ".join(f"%({name})s" for name in COLUMNS)
INSERT = f"INSERT INTO answered ({NAMES}) VALUES ({VALUES})"
# One round trip that does not wait for the disk: only a power cut loses the row, and the answer was given anyway.
INSERT_ALONE = f"""
    INSERT INTO answered ({NAMES}) SELECT {VALUES} FROM set_config('synchronous_commit', 'off', true)
    RETURNING id
"""


class PostgresAnsweredLog:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def add(self, answered: Answered) -> None:
        await self.database.rows(INSERT_ALONE.encode(), asdict(answered))


async def write_answered(connection: Connection, turn: StoredTurn) -> None:
    """The row of an answer, in the transaction that stores its turn."""
    row = answered_now(turn.answer_id, turn.answered_at, turn.conversation_id, turn.answer)
    await connection.execute(INSERT.encode(), asdict(row))
