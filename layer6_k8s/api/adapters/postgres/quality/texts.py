"""Whether chunks are what the text of their document is at their offsets.

The comparison is done here and not in SQL: `substr` would unpack the whole text for every chunk. A large library is
compared in parts: each run begins at a random document and goes on as long as it may.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

from psycopg.rows import TupleRow

from api.adapters.postgres.database import Database
from api.services.quality.report import MOST_EXAMPLES, Found, Texts

COMPARE_SECONDS = 30.0
GROUP = 20
"""Documents per statement."""
LARGEST_GROUP = 4_000_000
"""Bytes of original files per statement, about; one document may be larger."""
COUNT = "SELECT count(*) FROM documents"
GROUPS = """
    SELECT id FROM (
        SELECT id, sum(size_bytes) OVER (ORDER BY id) AS bytes, row_number() OVER (ORDER BY id) AS n
        FROM (SELECT id, size_bytes FROM documents WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) AS following
    ) AS summed WHERE bytes <= %s OR n = 1 ORDER BY id
"""
CHUNKS = 'SELECT id, document_id, start, "end", text FROM chunks WHERE document_id = ANY(%s)'
TEXTS = "SELECT document_id, text FROM texts WHERE document_id = ANY(%s)"
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)


class PostgresTexts:
    """The port `TextComparison`."""

    def __init__(self, database: Database, seconds: float = COMPARE_SECONDS) -> None:
        self.database = database
        self.seconds = seconds

    async def compare(self) -> Texts:
        ((documents,),) = await self.database.rows(COUNT)
        end, compared = time.monotonic() + self.seconds, 0
        different, beyond = list[UUID](), list[UUID]()
        async for ids in self._groups():
            rows = await self.database.rows(CHUNKS, [ids])
            texts: dict[UUID, str] = dict(await self.database.rows(TEXTS, [ids]))
            wrong = await asyncio.to_thread(_wrong, rows, texts)
            different += wrong[0]
            beyond += wrong[1]
            compared += len(ids)
            if time.monotonic() >= end:
                break
        return Texts(max(documents, compared), compared, _found(different), _found(beyond))

    async def _groups(self) -> AsyncIterator[list[UUID]]:
        """All documents, from a random one on; their ids are random."""
        begin = uuid4()
        for position, last in ((begin, LAST), (FIRST, begin)):
            while rows := await self.database.rows(GROUPS, [position, last, GROUP, LARGEST_GROUP]):
                yield [row[0] for row in rows]
                position = rows[-1][0]


def _wrong(rows: Sequence[TupleRow], texts: dict[UUID, str]) -> tuple[list[UUID], list[UUID]]:
    """The ids of chunks with another text, and of those beyond the end. A document that is deleted meanwhile has no
    text."""
    there = [(*row, texts[row[1]]) for row in rows if row[1] in texts]
    different = [id for id, _, start, end, chunk, text in there if end <= len(text) and text[start:end] != chunk]
    return different, [id for id, _, _, end, _, text in there if end > len(text)]


def _found(ids: Sequence[UUID]) -> Found:
    return Found(len(ids), [str(id) for id in ids[:MOST_EXAMPLES]])
