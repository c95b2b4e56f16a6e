"""Whatever differs is found, is named, and makes the command fail; it is mended on demand only."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest

from tests.migrate.library import DocumentStore

CHUNK = """
    SELECT number, document_id FROM chunks JOIN documents ON documents.id = document_id
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
A_WORD_LESS = "DELETE FROM postings WHERE ctid = (SELECT min(ctid) FROM postings WHERE chunk_number = %(chunk)s)"


@dataclass(frozen=True)
class Planted:
    """A difference in a chunk of document `number`, and what the report says of it."""

    number: int
    index: int
    statement: str
    place: str

    def plant(self, connection: psycopg.Connection) -> None:
        (found,) = connection.execute(CHUNK, [f"note {self.number}.txt", self.index])
        values = dict(zip(("chunk", "document"), found, strict=True))
        assert connection.execute(self.statement.encode(), values).rowcount == 1


ALL = [
    Planted(
        8,
        1,
        "UPDATE chunks SET text = overlay(text placing 'X' from 10) WHERE number = %(chunk)s",
        "chunk 1: text from character 9",
    ),
    Planted(9, 2, 'UPDATE chunks SET start = start + 1, "end" = "end" + 1 WHERE number = %(chunk)s', "chunk 2: start "),
    Planted(10, 0, OTHER_BIT, "chunk 0: dense[0] "),
    Planted(11, 3, OTHER_WEIGHT, "chunk 3: weight["),
    Planted(13, 0, A_WORD_LESS, "chunk 0: "),
    Planted(14, 2, "DELETE FROM chunks WHERE number = %(chunk)s", "chunk 2: missing in the target"),
    Planted(15, 0, "UPDATE texts SET text = text || '.' WHERE document_id = %(document)s", "text from character "),
    Planted(16, 0, "DELETE FROM embeddings WHERE chunk_number = %(chunk)s", "chunk 0: vectors missing in the target"),
    Planted(
        17,
        0,
        """UPDATE documents SET metadata = replace(metadata::text, '"alpha": 1,', '"alpha": 1.0,')::json
            WHERE id = %(document)s""",
        "metadata [['zeta', True], ['alpha', 1],",
    ),
    Planted(
        19, 0, "UPDATE documents SET created_at = created_at + interval '1 ms' WHERE id = %(document)s", "created_at "
    ),
    Planted(20, 1, "UPDATE chunks SET page = 77 WHERE number = %(chunk)s", "chunk 1: page "),
]


@pytest.mark.timeout(400)
def test_every_planted_difference_is_named_and_mended_on_demand(library: Callable[[int], DocumentStore]) -> None:
    it = library(24)
    assert it.migrate().status == 0
    with it.database() as connection:
        for planted in ALL:
            planted.plant(connection)
    for arguments in (["--verify"], []):
        outcome = it.migrate(*arguments)
        assert outcome.status == 1, outcome.output
        differences = outcome.report["differences"]
        assert len(differences) == len(ALL)
        for planted in ALL:
            (places,) = [found for document, found in differences.items() if f"note {planted.number}.txt" in document]
            assert any(place.startswith(planted.place) for place in places), (planted.place, places)
            assert f"note {planted.number}.txt" in outcome.output
    outcome = it.migrate("--repair")
    assert outcome.status == 0, outcome.output
    assert len(outcome.report["repaired"]) == len(ALL)
