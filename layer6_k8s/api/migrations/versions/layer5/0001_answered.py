"""What each answer cost and how well it was grounded, and what people said of it."""

import sqlalchemy as sa
from alembic import op

revision = "layer5_0001"
down_revision = None
branch_labels = ("layer5",)
depends_on = "layer4_0003"


def upgrade() -> None:
    op.create_table(
        "answered",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Numeric(16, 8), nullable=True),
        sa.Column("latency_ms", sa.REAL(), nullable=False),
        sa.Column("grounded", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("supported", sa.Integer(), nullable=False),
        sa.Column("unsupported", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("removed_markers", sa.Integer(), nullable=False),
        sa.Column("experiment", sa.Uuid(), nullable=True),
        sa.Column("arm", sa.Text(), nullable=True),
        sa.CheckConstraint("prompt_tokens >= 0 AND completion_tokens >= 0", name=op.f("answered_tokens_check")),
        sa.CheckConstraint("cost >= 0", name=op.f("answered_cost_check")),
        sa.CheckConstraint("(experiment IS NULL) = (arm IS NULL)", name=op.f("answered_arm_check")),
        sa.PrimaryKeyConstraint("id", name="answered_pkey"),
    )
    op.create_index("answered_at_idx", "answered", ["at"])
    op.create_index(
        "answered_experiment_idx",
        "answered",
        ["experiment", "at"],
        postgresql_where=sa.text("experiment IS NOT NULL"),
    )
    op.create_table(
        "feedback",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rating", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("correction", sa.Text(), nullable=True),
        sa.CheckConstraint("rating IN ('up', 'down')", name=op.f("feedback_rating_check")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="feedback_message_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("message_id", name="feedback_pkey"),
    )


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_table("answered")
