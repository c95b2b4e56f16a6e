"""Rows of the tables that this layer adds, and states that these tables refuse."""

from collections.abc import Mapping

from tests.stores.opened import Opened

ROWS = (
    "INSERT INTO batches (id) VALUES (gen_random_uuid())",
    """
    INSERT INTO files (id, filename, metadata, sha256, size_bytes, data)
    VALUES (gen_random_uuid(), 'note.txt', '{}', repeat('a', 64), 1, 'x')
    """,
    """
    INSERT INTO jobs (id, kind, document_id, batch_id, filename, priority)
    SELECT gen_random_uuid(), 'ingest', files.id, batches.id, 'note.txt', 0 FROM files, batches
    """,
    "INSERT INTO jobs (id, kind, filename, priority) VALUES (gen_random_uuid(), 'quality', 'data quality', 10)",
    "INSERT INTO kept_vectors SELECT id, 'one', 'x' FROM jobs LIMIT 1",
    "INSERT INTO answers (key, fingerprint) VALUES ('one', 'a')",
    "INSERT INTO workers VALUES ('one', now())",
    "INSERT INTO quality_reports VALUES (gen_random_uuid(), now(), 1.5, '[]', 2, 2, '[]')",
    """
    INSERT INTO sources (id, kind, location, delete_after, watch, counts)
    VALUES (gen_random_uuid(), 'folder', '/srv/notes', 3600, true, '{}')
    """,
    """
    INSERT INTO source_items (source_id, key, sha256, document_id)
    SELECT sources.id, 'note.txt', sha256, files.id FROM sources, files
    """,
)


async def fill_further(harness: Opened) -> None:
    """At least one row in each further table."""
    async with harness.database.transaction() as connection:
        for statement in ROWS:
            await connection.execute(statement.encode())


WRONG_FURTHER: Mapping[str, tuple[str, str]] = {
    "the same file twice": (
        "INSERT INTO files SELECT gen_random_uuid(), filename, metadata, replaces, sha256, 1, 'x' FROM files",
        "files_sha256_key",
    ),
    "a file with a malformed checksum": ("UPDATE files SET sha256 = 'abc'", "files_sha256_check"),
    "a job in an unknown state": ("UPDATE jobs SET state = 'lost'", "jobs_state_check"),
    "a job beyond its end": ("UPDATE jobs SET progress = 1.5", "jobs_progress_check"),
    "a running job without a lease": ("UPDATE jobs SET state = 'running'", "jobs_lease_check"),
    "a job of an unknown batch": ("UPDATE jobs SET batch_id = gen_random_uuid()", "jobs_batch_id_fkey"),
    "a task that is open twice": (
        "INSERT INTO jobs (id, kind, filename, priority) VALUES (gen_random_uuid(), 'quality', 'data quality', 10)",
        "jobs_open_task_idx",
    ),
    "a key twice": ("INSERT INTO answers SELECT * FROM answers", "answers_pkey"),
    "the same folder as a source twice": (
        "INSERT INTO sources (id, kind, location, delete_after, watch, counts) "
        "SELECT gen_random_uuid(), kind, location, 0, false, '{}' FROM sources",
        "sources_kind_location_key",
    ),
    "a library source of an unknown kind": ("UPDATE sources SET kind = 'mailbox'", "sources_kind_check"),
    "a grace period below zero": ("UPDATE sources SET delete_after = -1", "sources_delete_after_check"),
    "an item twice": ("INSERT INTO source_items SELECT * FROM source_items", "source_items_pkey"),
    "an item with a malformed checksum": ("UPDATE source_items SET sha256 = 'abc'", "source_items_sha256_check"),
    "an item of an unknown source": (
        "UPDATE source_items SET source_id = gen_random_uuid()",
        "source_items_source_id_fkey",
    ),
    "vectors twice": ("INSERT INTO kept_vectors SELECT * FROM kept_vectors", "kept_vectors_pkey"),
    "vectors of an unknown job": ("UPDATE kept_vectors SET job_id = gen_random_uuid()", "kept_vectors_job_id_fkey"),
    "a worker twice": ("INSERT INTO workers SELECT * FROM workers", "workers_pkey"),
    "more documents compared than there are": (
        "UPDATE quality_reports SET compared = 3",
        "quality_reports_compared_check",
    ),
}
"""For each name a statement, and the constraint that refuses it."""
UNTESTED_FURTHER = frozenset({"files_pkey", "batches_pkey", "jobs_pkey", "sources_pkey", "quality_reports_pkey"})
"""Keys of generated ids."""
VIEWS_ONLY: frozenset[str] = frozenset()
"""Revisions that change what views show, and no table."""
