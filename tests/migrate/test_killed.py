"""A migration can be killed at any time: running it again continues it, and nothing is lost or duplicated."""

import signal
from collections.abc import Callable

import psycopg
import pytest

from mystack.migrate.locations import running_postgresql
from mystack.project import find_layer
from tests.cli.processes import started, until
from tests.migrate.folders import DataFolders, environment, opened

LAYER_OF_TENANTS = 6
"""From there on no index covers all vectors."""


def documents(data: DataFolders) -> int:
    """The number of documents in PostgreSQL, read by another client; 0 while PostgreSQL does not run."""
    url = running_postgresql(data.new)
    try:
        with opened(url or "port=1", connect_timeout=3) as connection:
            (count,) = connection.execute("SELECT count(*) FROM documents").fetchone() or (0,)
            return int(count)
    except psycopg.Error:
        return 0


@pytest.mark.timeout(400)
def test_a_migration_killed_three_times_ends_without_differences(folders: Callable[[int], DataFolders]) -> None:
    data = folders(100)
    seen = 0
    for least in (1, 30, 60):
        with started(["-m", "mystack", "migrate", *data.command()], env=environment()) as program:
            until(lambda least=least: documents(data) >= least or program.process.poll() is not None, 100, program.text)
            assert program.process.poll() is None, program.text
            program.send(signal.SIGKILL)
        seen = max(seen, least)
        until(lambda: running_postgresql(data.new) is None, 30, "its PostgreSQL has ended")
    outcome = data.migrate()
    assert outcome.status == 0, outcome.output
    report = outcome.report
    assert report["equal"]
    assert report["differences"] == {}
    assert seen <= report["already_there"] < 100
    assert report["already_there"] + report["copied"]["documents"] == 100 == report["compared"]["documents"]
    with data.database() as connection:
        indexed = connection.execute("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'embeddings_hnsw_%'")
        expected = 0 if find_layer().number >= LAYER_OF_TENANTS else 1
        assert indexed.fetchone() == (expected,), "the vector index, which an import drops, is built at the end"
