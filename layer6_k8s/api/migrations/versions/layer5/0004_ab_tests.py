"""A/B tests."""

import sqlalchemy as sa
from alembic import op

revision = "layer5_0004"
down_revision = "layer5_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ab_tests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arms", sa.JSON(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("guardrails", sa.JSON(), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_reason", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.CheckConstraint("stop IN ('sequential', 'fixed')", name=op.f("ab_tests_stop_check")),
        sa.CheckConstraint("verdict IN ('A', 'B', 'not decided')", name=op.f("ab_tests_verdict_check")),
        sa.CheckConstraint(
            "num_nulls(stopped_at, stopped_reason, verdict) IN (0, 3)", name=op.f("ab_tests_stopped_check")
        ),
        sa.CheckConstraint("horizon > 0", name=op.f("ab_tests_horizon_check")),
        sa.PrimaryKeyConstraint("id", name="ab_tests_pkey"),
    )
    op.create_index(
        "ab_tests_running_idx", "ab_tests", ["unit"], unique=True, postgresql_where=sa.text("stopped_at IS NULL")
    )


def downgrade() -> None:
    op.drop_table("ab_tests")
