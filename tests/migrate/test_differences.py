"""Every difference is found, reported, and makes the command fail; --repair copies the document again."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest

from tests.migrate.folders import DataFolders

CHUNK = """
    SELECT number, document_id, chunks.id FROM chunks JOIN documents ON documents.id = document_id
    WHERE filename = %s AND index = %s
"""
OTHER_BIT = """
    UPDATE embeddings SET dense = (
        '[' || (dense::real[])[1] * 1.0000002::real || ',' || array_to_string((dense::real[])[2:], ',') || ']'
    )::vector WHERE chunk_number = %(chunk)s
"""
OTHER_WEIGHT = """
    UPDATE postings SET weight = weight * 1.0000002
    WHERE ctid = (SELECT min(ctid) FROM postings WHERE chunk_number = %(chunk)s)
"""
ONE_TERM_LESS = "DELETE FROM postings WHERE ctid = (SELECT min(ctid) FROM postings WHERE chunk_number = %(chunk)s)"


@dataclass(frozen=True)
class Planted:
    """A difference in a chunk of document `number`, and the report's words for it."""

    number: int
    index: int
    statement: str
    reported: str = "chunk {id} differs"

    def plant(self, connection: psycopg.Connection) -> str:
        """Execute the statement; returns the expected line of the report."""
        (found,) = connection.execute(CHUNK, [f"note {self.number}.txt", self.index])
        values = dict(zip(("chunk", "document", "id"), found, strict=True))
        assert connection.execute(self.statement.encode(), values).rowcount == 1
        return self.reported.format(id=values["id"])


RECORD = "the document's record or text differs"
ALL = [
    Planted(8, 1, "UPDATE chunks SET text = overlay(text placing 'X' from 10) WHERE number = %(chunk)s"),
    Planted(9, 2, 'UPDATE chunks SET start = start + 1, "end" = "end" + 1 WHERE number = %(chunk)s'),
    Planted(10, 0, OTHER_BIT),
    Planted(11, 3, OTHER_WEIGHT),
    Planted(13, 0, ONE_TERM_LESS),
    Planted(14, 2, "DELETE FROM chunks WHERE number = %(chunk)s", "chunk {id} is missing in the target"),
    Planted(15, 0, "UPDATE texts SET text = text || '.' WHERE document_id = %(document)s", RECORD),
    Planted(16, 0, "DELETE FROM embeddings WHERE chunk_number = %(chunk)s"),
    Planted(
        17,
        0,
        """UPDATE documents SET metadata = replace(metadata::text, '"alpha": 1,', '"alpha": 1.0,')::json
            WHERE id = %(document)s""",
        RECORD,
    ),
    Planted(19, 0, "UPDATE documents SET created_at = created_at + interval '1 ms' WHERE id = %(document)s", RECORD),
    Planted(20, 1, "UPDATE chunks SET page = 77 WHERE number = %(chunk)s"),
]


@pytest.mark.timeout(400)
def test_every_planted_difference_is_reported_and_repaired_on_demand(
    after_migration: Callable[[int], DataFolders],
) -> None:
    data = after_migration(30)
    with data.database() as connection:
        expected = {f"note {planted.number}.txt": planted.plant(connection) for planted in ALL}
    for arguments in (["--verify"], []):
        outcome = data.migrate(*arguments)
        assert outcome.status == 1, outcome.output
        found = {document.partition(" (")[0]: lines for document, lines in outcome.report["differences"].items()}
        assert found == {name: [line] for name, line in expected.items()}
        assert all(line in outcome.output for line in expected.values())
    outcome = data.migrate("--repair")
    assert outcome.status == 0, outcome.output
    assert len(outcome.report["repaired"]) == len(ALL)
