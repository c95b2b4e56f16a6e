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
    "INSERT INTO archives (job_id, part, data) SELECT id, 0, 'x' FROM jobs LIMIT 1",
    "INSERT INTO answers (key, fingerprint) VALUES ('one', 'a')",
    "UPDATE jobs SET traceparent = '00-' || repeat('a', 32) || '-' || repeat('b', 16) || '-01' WHERE kind = 'ingest'",
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
    """
    INSERT INTO answered (
        id, at, route, request_id, provider, model, prompt_tokens, completion_tokens, cost, latency_ms, grounded,
        supported, unsupported, unknown, removed_markers
    )
    SELECT id, now(), '/chat', 'one', 'extractive', 'extractive', 20, 10, 0, 1.5, true, 1, 0, 0, 0
    FROM messages WHERE role = 'assistant'
    """,
    "INSERT INTO feedback (message_id, at, rating) SELECT id, at, 'up' FROM answered",
    "INSERT INTO experiments VALUES (gen_random_uuid(), 'eval', now())",
    """
    INSERT INTO runs (id, experiment_id, created_at, version, settings, data_name, data_sha256, metrics, questions)
    SELECT gen_random_uuid(), id, now(), '5.0.0', '{}', 'golden', repeat('a', 64), '[]', 1 FROM experiments
    """,
    "INSERT INTO run_results SELECT id, 0, 'When?', '{}' FROM runs",
    "INSERT INTO registry_versions SELECT 'prompt', 1, 'Answer.', repeat('a', 64), id FROM runs",
    "INSERT INTO registry_aliases SELECT 'prompt', 'champion', 1, id FROM runs",
    """
    INSERT INTO ab_tests (id, name, arms, unit, metric, guardrails, horizon, stop, created_at)
    VALUES (gen_random_uuid(), 'prompt', '[]', 'conversation', 'feedback_positive', '[]', 100, 'fixed', now())
    """,
    "INSERT INTO samples SELECT id, now(), 2, 0, 1, 0, 0, false, false, true, 1.0 FROM messages LIMIT 1",
    "INSERT INTO answer_profiles (at, profile) VALUES (now(), '{}')",
    """
    INSERT INTO api_keys (id, name, sha256, scopes) VALUES ('one', 'a key', repeat('a', 64), '{read}')
    """,
    "INSERT INTO usage (day, prompt) VALUES (current_date, 20)",
    "INSERT INTO reservations (id, day, tokens, until) VALUES (gen_random_uuid(), current_date, 5, now())",
    """
    SELECT set_config('app.everyone', 'on', true)
    """,
    "INSERT INTO audit_log (actor, action, details) VALUES ('operator', 'tenant.created', '{}')",
    "SELECT set_config('app.everyone', '', true)",
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
    "a job of a malformed trace": ("UPDATE jobs SET traceparent = 'abc'", "jobs_traceparent_check"),
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
    "a part of an archive twice": ("INSERT INTO archives SELECT * FROM archives", "archives_pkey"),
    "an archive of an unknown job": ("UPDATE archives SET job_id = gen_random_uuid()", "archives_job_id_fkey"),
    "a worker twice": ("INSERT INTO workers SELECT * FROM workers", "workers_pkey"),
    "more documents compared than there are": (
        "UPDATE quality_reports SET compared = 3",
        "quality_reports_compared_check",
    ),
    "an answer of less than no tokens": ("UPDATE answered SET prompt_tokens = -1", "answered_tokens_check"),
    "an answer that earns money": ("UPDATE answered SET cost = -0.5", "answered_cost_check"),
    "an arm of no experiment": ("UPDATE answered SET arm = 'B'", "answered_arm_check"),
    "an answer recorded twice": ("INSERT INTO answered SELECT * FROM answered", "answered_pkey"),
    "an unknown rating": ("UPDATE feedback SET rating = 'sideways'", "feedback_rating_check"),
    "an answer rated twice": ("INSERT INTO feedback SELECT * FROM feedback", "feedback_pkey"),
    "a rating of an unknown answer": (
        "UPDATE feedback SET message_id = gen_random_uuid()",
        "feedback_message_id_fkey",
    ),
    "an experiment twice": (
        "INSERT INTO experiments SELECT gen_random_uuid(), name, now() FROM experiments",
        "experiments_name_key",
    ),
    "an experiment with a malformed name": ("UPDATE experiments SET name = 'My eval'", "experiments_name_check"),
    "a run of an unknown experiment": (
        "UPDATE runs SET experiment_id = gen_random_uuid()",
        "runs_experiment_id_fkey",
    ),
    "a run on data without a checksum": ("UPDATE runs SET data_sha256 = NULL", "runs_data_check"),
    "a run on data with a malformed checksum": ("UPDATE runs SET data_sha256 = 'abc'", "runs_data_sha256_check"),
    "a run with fewer than no questions": ("UPDATE runs SET questions = -1", "runs_questions_check"),
    "a result twice": ("INSERT INTO run_results SELECT * FROM run_results", "run_results_pkey"),
    "a result before the first": ("UPDATE run_results SET index = -1", "run_results_index_check"),
    "a result of an unknown run": ("UPDATE run_results SET run_id = gen_random_uuid()", "run_results_run_id_fkey"),
    "the same prompt as two versions": (
        "INSERT INTO registry_versions SELECT kind, 2, content, sha256, run_id FROM registry_versions",
        "registry_versions_kind_sha256_key",
    ),
    "a version twice": (
        "INSERT INTO registry_versions SELECT kind, version, 'b', repeat('b', 64), run_id FROM registry_versions",
        "registry_versions_pkey",
    ),
    "a version of an unknown kind": (
        "INSERT INTO registry_versions SELECT 'model', 1, 'a', sha256, run_id FROM registry_versions",
        "registry_versions_kind_check",
    ),
    "a registered version before the first": (
        "INSERT INTO registry_versions SELECT kind, 0, 'b', repeat('b', 64), run_id FROM registry_versions",
        "registry_versions_version_check",
    ),
    "a version with a malformed checksum": (
        "UPDATE registry_versions SET sha256 = 'abc'",
        "registry_versions_sha256_check",
    ),
    "a version of an unknown run": (
        "UPDATE registry_versions SET run_id = gen_random_uuid()",
        "registry_versions_run_id_fkey",
    ),
    "an alias twice": ("INSERT INTO registry_aliases SELECT * FROM registry_aliases", "registry_aliases_pkey"),
    "an alias of an unknown version": (
        "UPDATE registry_aliases SET version = 2",
        "registry_aliases_kind_version_fkey",
    ),
    "an alias of an unknown run": (
        "UPDATE registry_aliases SET run_id = gen_random_uuid()",
        "registry_aliases_run_id_fkey",
    ),
    "an A/B test without a horizon": ("UPDATE ab_tests SET horizon = 0", "ab_tests_horizon_check"),
    "an A/B test that stops in an unknown way": ("UPDATE ab_tests SET stop = 'never'", "ab_tests_stop_check"),
    "an A/B test that is stopped without a reason": (
        "UPDATE ab_tests SET stopped_at = now(), verdict = 'A'",
        "ab_tests_stopped_check",
    ),
    "an unknown verdict": (
        "UPDATE ab_tests SET stopped_at = now(), stopped_reason = 'enough', verdict = 'C'",
        "ab_tests_verdict_check",
    ),
    "two A/B tests that run": (
        "INSERT INTO ab_tests "
        "SELECT gen_random_uuid(), name, arms, unit, metric, guardrails, horizon, stop, created_at FROM ab_tests",
        "ab_tests_running_idx",
    ),
    "more lost claims than there were": ("UPDATE samples SET lost = 3", "samples_counts_check"),
    "a sample of an unknown message": ("UPDATE samples SET message_id = gen_random_uuid()", "samples_message_id_fkey"),
    "a sample twice": ("INSERT INTO samples SELECT * FROM samples", "samples_pkey"),
    "a profile twice": (
        "INSERT INTO answer_profiles SELECT at, profile, '{}' FROM answer_profiles",
        "answer_profiles_pkey",
    ),
    "two reference weeks": (
        "INSERT INTO answer_profiles (at, profile) VALUES (now() + interval '1 day', '{}')",
        "answer_profiles_reference_idx",
    ),
    "a key of which the checksum is malformed": ("UPDATE api_keys SET sha256 = 'abc'", "api_keys_sha256_check"),
    "a key with an unknown scope": ("UPDATE api_keys SET scopes = '{everything}'", "api_keys_scopes_check"),
    "an API key twice": ("INSERT INTO api_keys SELECT * FROM api_keys", "api_keys_pkey"),
    "a day twice": ("INSERT INTO usage SELECT * FROM usage", "usage_pkey"),
    "a reservation of nothing": ("UPDATE reservations SET tokens = 0", "reservations_tokens_check"),
    "a reservation twice": ("INSERT INTO reservations SELECT * FROM reservations", "reservations_pkey"),
    "a reservation of an unknown day": ("UPDATE reservations SET day = day - 1", "reservations_tenant_no_day_fkey"),
    "fewer than no tokens": ("UPDATE usage SET reserved = -1", "usage_tokens_check"),
}
"""For each name a statement, and the constraint that refuses it."""
ROOTS = (
    "ab_tests", "answer_profiles", "answered", "answers", "api_keys", "batches", "conversations", "documents",
    "experiments", "files", "jobs", "library_version", "quality_reports", "sources", "usage",
)  # fmt: skip
"""Tables whose rows have no parent but the tenant; tests/tenants/ proves these keys, and those of tenants."""
UNTESTED_FURTHER = frozenset(
    {
        "files_pkey",
        "batches_pkey",
        "jobs_pkey",
        "sources_pkey",
        "quality_reports_pkey",
        "experiments_pkey",
        "runs_pkey",
        "ab_tests_pkey",
        "tenants_pkey",
        "tenants_id_key",
        "audit_log_pkey",
        "api_keys_id_key",
        "feedback_alone_key",
        "quality_reports_alone_key",
        "source_items_alone_key",
        "tenants_name_key",
        "tenants_name_check",
        "tenants_quotas_check",
        *(f"{table}_tenant_no_fkey" for table in ROOTS),
    }
)
"""Keys of generated ids."""
VIEWS_ONLY = frozenset({"layer6_0003"})
"""Revisions that change what views show, and no table."""
