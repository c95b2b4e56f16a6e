"""Jobs, batches, and the original files."""

import sqlalchemy as sa
from alembic import op

revision = "layer4_0001"
down_revision = None
branch_labels = ("layer4",)
depends_on = "0005"

NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("files_sha256_check")),
        sa.PrimaryKeyConstraint("id", name="files_pkey"),
        sa.UniqueConstraint("sha256", name="files_sha256_key"),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="batches_pkey"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("result_id", sa.Uuid(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False, server_default="queued"),
        sa.Column("stage", sa.Text(), nullable=False, server_default="queued"),
        sa.Column("progress", sa.REAL(), nullable=False, server_default="0"),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("losses", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("jobs_state_check")
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name=op.f("jobs_progress_check")),
        sa.CheckConstraint(
            "(state = 'running') = (token IS NOT NULL AND lease_until IS NOT NULL)", name=op.f("jobs_lease_check")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="jobs_batch_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="jobs_pkey"),
    )
    op.create_table(
        "kept_vectors",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="kept_vectors_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "key", name="kept_vectors_pkey"),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="workers_pkey"),
    )
    op.create_table(
        "answers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("key", name="answers_pkey"),
    )
    op.create_index("answers_created_at_idx", "answers", ["created_at"])
    op.create_index("jobs_created_at_id_idx", "jobs", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_index("jobs_batch_id_idx", "jobs", ["batch_id"])
    op.create_index("jobs_document_id_idx", "jobs", ["document_id"])
    op.create_index("jobs_queued_idx", "jobs", ["priority", "run_after"], postgresql_where=sa.text("state = 'queued'"))
    op.create_index("jobs_running_idx", "jobs", ["lease_until"], postgresql_where=sa.text("state = 'running'"))
    op.create_index(
        "jobs_open_task_idx",
        "jobs",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("document_id IS NULL AND state IN ('queued', 'running')"),
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    op.drop_table("answers")
    op.drop_table("workers")
    op.drop_table("kept_vectors")
    op.drop_table("jobs")
    op.drop_table("batches")
    op.drop_table("files")
