"""Everything goes wrong at once, and every document is stored exactly once.

CHAOS_SEEDS and CHAOS_DOCUMENTS make it longer: `make chaos` runs 20 seeds with 1,000 documents each.
"""

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from tests.chaos.asking import Asking
from tests.chaos.faults import Faults, Plan
from tests.chaos.parts import LAYER, Installation, installed

SEEDS = range(int(os.environ.get("CHAOS_SEEDS", "1")))
DOCUMENTS = int(os.environ.get("CHAOS_DOCUMENTS", "100"))
IS_SHORT = DOCUMENTS < 1_000
PER_SECOND = 2.0
"""Documents that a machine reads at least, with all that happens to it."""
REDIS_AWAY = 8.0 if IS_SHORT else 60.0
BAD = {
    "poison.txt": (b"poison", {"worker_lost"}),
    "bad.bin": (bytes(range(256)) * 8, {"unsupported_document", "worker_lost"}),
    "slow.txt": (b"slow", {"job_too_slow", "worker_lost"}),
}
"""What cannot be read, and the errors that may end it: one that is killed three times is not read a fourth time."""
STORED = """
    SELECT count(*), count(DISTINCT sha256), count(*) FILTER (WHERE chunks = 0),
        count(*) FILTER (WHERE chunks <> (SELECT count(*) FROM chunks WHERE document_id = documents.id)),
        (SELECT count(*) FROM chunks WHERE NOT EXISTS (SELECT FROM embeddings WHERE chunk_number = number)),
        (SELECT count(*) FROM chunks WHERE NOT EXISTS (SELECT FROM postings WHERE chunk_number = number)),
        (SELECT version FROM library_version)
    FROM documents
"""
STATES = "SELECT state, count(*) FROM jobs GROUP BY state"
FAILED = "SELECT filename, error->>'code' FROM jobs WHERE state = 'failed'"


def texts(number: int) -> list[tuple[str, bytes]]:
    """Documents made of the paragraphs of this project's own."""
    files = sorted((LAYER.parent / "docs").rglob("*.md"))
    paragraphs = [part for file in files for part in file.read_text().split("\n\n") if len(part) > 200]
    return [
        (f"note {n}.md", f"# Note {n}\n\n{paragraphs[n % len(paragraphs)]}\n\nThis is note {n}.".encode())
        for n in range(number)
    ]


def upload(url: str, documents: list[tuple[str, bytes]]) -> None:
    for begin in range(0, len(documents), 100):
        files = [("files", document) for document in documents[begin : begin + 100]]
        response = httpx2.post(f"{url}/documents/batch-upload", files=files, timeout=120, trust_env=False)
        assert response.status_code == 202, response.text
        assert all(item["error"] is None for item in response.json()["jobs"])


def open_jobs(installation: Installation) -> int:
    """Jobs that have not ended; many while PostgreSQL cannot say."""
    try:
        with psycopg.connect(installation.database_url, connect_timeout=3) as connection:
            states: dict[str, int] = dict(connection.execute(STATES).fetchall())
        return states.get("queued", 0) + states.get("running", 0)
    except psycopg.Error:
        return 10**6


@pytest.mark.timeout(240 if IS_SHORT else 3_600)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_document_is_stored_exactly_once(needs: Callable[[], dict[str, Any]], tmp_path: Path, seed: int) -> None:
    lottery = random.Random(seed)
    seconds = DOCUMENTS / PER_SECOND
    plan = Plan.drawn(lottery, seconds / 2, REDIS_AWAY)
    with installed(tmp_path, str(needs()["embedding_path"])) as installation:
        documents = [*texts(DOCUMENTS), *((name, data) for name, (data, _) in BAD.items())]
        lottery.shuffle(documents)
        faults = Faults(installation, lottery, plan)
        with Asking(installation.url, faults) as asking:
            upload(installation.url, documents)
            began = time.monotonic()
            faults.run(lambda: open_jobs(installation) == 0)
            took = time.monotonic() - began
        with psycopg.connect(installation.database_url) as connection:
            states: dict[str, int] = dict(connection.execute(STATES).fetchall())
            failed: dict[str, str] = dict(connection.execute(FAILED).fetchall())
            stored = connection.execute(STORED).fetchone()
            losses = connection.execute("SELECT sum(losses), sum(attempts) FROM jobs").fetchone()
    sys.stdout.write(
        f"\nseed {seed}: {took:.0f} s, {dict(faults.happened)}, {states}, losses and attempts {losses}, "
        f"failed {failed}, {asking.questions} questions, {asking.reports} reports of health\n"
    )
    assert states == {"done": DOCUMENTS, "failed": len(BAD)}, failed
    assert all(code in BAD[name][1] for name, code in failed.items())
    assert stored == (DOCUMENTS, DOCUMENTS, 0, 0, 0, 0, DOCUMENTS), "each is there once, whole, and was stored once"
    assert faults.happened["workers killed"] >= 3
    assert (faults.happened["Redis stopped"], faults.happened["PostgreSQL restarted"]) == (1, 1)
    assert asking.wrong == []
