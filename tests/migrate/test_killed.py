"""A migration may be killed at any moment: run again, it goes on, and nothing is lost or doubled."""

import signal
import time
from collections.abc import Callable

import psycopg
import pytest

from mystack.migrate.locations import running_postgresql
from tests.cli.processes import started, until
from tests.migrate.library import DocumentStore, environment


def documents(library: DocumentStore) -> int:
    """How many are there, as somebody else sees it meanwhile; 0 when PostgreSQL does not run."""
    url = running_postgresql(library.new)
    try:
        with psycopg.connect(url or "port=1", connect_timeout=3) as connection:
            (count,) = connection.execute("SELECT count(*) FROM documents").fetchone() or (0,)
            return int(count)
    except psycopg.Error:
        return 0


@pytest.mark.timeout(400)
def test_killed_three_times_it_ends_with_no_difference(library: Callable[[int], DocumentStore]) -> None:
    it = library(100)
    seen = 0
    for least in (1, 30, 60):
        with started(["-m", "mystack", "migrate", *it.command()], env=environment()) as program:
            until(lambda least=least: documents(it) >= least or program.process.poll() is not None, 100, program.text)
            assert program.process.poll() is None, program.text
            program.send(signal.SIGKILL)
        seen = max(seen, least)
        until(lambda: running_postgresql(it.new) is None, 30, "its PostgreSQL has ended")
        time.sleep(0)  # whatever else it started ends by itself; the next run waits for that
    outcome = it.migrate()
    assert outcome.status == 0, outcome.output
    report = outcome.report
    assert report["equal"]
    assert report["differences"] == {}
    assert seen <= report["already_there"] < 100
    assert report["already_there"] + report["copied"]["documents"] == 100 == report["compared"]["documents"]
    with it.database() as connection:
        indexed = connection.execute("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'embeddings_hnsw_%'")
        assert indexed.fetchone() == (1,), "the index that was left out is made in the end"
