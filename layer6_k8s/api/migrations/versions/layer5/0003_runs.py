"""Runs of evaluations and benchmarks, and the registry of what was found good."""

import sqlalchemy as sa
from alembic import op

revision = "layer5_0003"
down_revision = "layer5_0002"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'", name=op.f("experiments_name_check")),
        sa.PrimaryKeyConstraint("id", name="experiments_pkey"),
        sa.UniqueConstraint("name", name="experiments_name_key"),
    )
    op.create_index("experiments_created_at_id_idx", "experiments", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("experiment_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("code_commit", sa.Text(), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("embedding_space", sa.Text(), nullable=True),
        sa.Column("prompt", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("data_name", sa.Text(), nullable=True),
        sa.Column("data_sha256", sa.Text(), nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("mirror_after", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("mirrored_as", sa.Text(), nullable=True),
        sa.Column("mirror_error", sa.Text(), nullable=True),
        sa.CheckConstraint("(data_name IS NULL) = (data_sha256 IS NULL)", name=op.f("runs_data_check")),
        sa.CheckConstraint("data_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("runs_data_sha256_check")),
        sa.CheckConstraint("questions >= 0", name=op.f("runs_questions_check")),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.id"], name="runs_experiment_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="runs_pkey"),
    )
    op.create_index(
        "runs_experiment_id_created_at_id_idx",
        "runs",
        ["experiment_id", sa.text("created_at DESC"), sa.text("id DESC")],
    )
    waiting = sa.text("mirrored_as IS NULL AND mirror_error IS NULL")
    op.create_index("runs_mirror_after_idx", "runs", ["mirror_after"], postgresql_where=waiting)
    op.create_table(
        "run_results",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.CheckConstraint("index >= 0", name=op.f("run_results_index_check")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="run_results_run_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "index", name="run_results_pkey"),
    )
    op.create_table(
        "registry_versions",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("kind IN ('embedding_space', 'prompt')", name=op.f("registry_versions_kind_check")),
        sa.CheckConstraint("version > 0", name=op.f("registry_versions_version_check")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("registry_versions_sha256_check")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="registry_versions_run_id_fkey"),
        sa.PrimaryKeyConstraint("kind", "version", name="registry_versions_pkey"),
        sa.UniqueConstraint("kind", "sha256", name="registry_versions_kind_sha256_key"),
    )
    op.create_table(
        "registry_aliases",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("mirrored_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["kind", "version"],
            ["registry_versions.kind", "registry_versions.version"],
            name="registry_aliases_kind_version_fkey",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="registry_aliases_run_id_fkey"),
        sa.PrimaryKeyConstraint("kind", "alias", name="registry_aliases_pkey"),
    )


def downgrade() -> None:
    for table in ("registry_aliases", "registry_versions", "run_results", "runs", "experiments"):
        op.drop_table(table)
