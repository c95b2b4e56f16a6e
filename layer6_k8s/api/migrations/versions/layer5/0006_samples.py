"""Quality in production: answers that were looked at again, and profiles of weeks."""

import sqlalchemy as sa
from alembic import op

revision = "layer5_0006"
down_revision = "layer5_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "samples",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("sources", sa.Integer(), nullable=False),
        sa.Column("different", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("again_refused", sa.Boolean(), nullable=True),
        sa.Column("again_grounded", sa.Boolean(), nullable=True),
        sa.Column("overlap", sa.REAL(), nullable=True),
        sa.CheckConstraint(
            "lost BETWEEN 0 AND claims AND different + deleted BETWEEN 0 AND sources",
            name=op.f("samples_counts_check"),
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="samples_message_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("message_id", name="samples_pkey"),
    )
    op.create_index("samples_answered_at_idx", "samples", ["answered_at"])
    op.create_table(
        "answer_profiles",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("drift", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("at", name="answer_profiles_pkey"),
    )
    op.create_index(
        "answer_profiles_reference_idx",
        "answer_profiles",
        [sa.text("(drift IS NULL)")],
        unique=True,
        postgresql_where=sa.text("drift IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("answer_profiles")
    op.drop_table("samples")
