"""Reports on the data."""

import sqlalchemy as sa
from alembic import op

revision = "layer4_0003"
down_revision = "layer4_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quality_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.REAL(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.JSON(), nullable=False),
        sa.CheckConstraint("compared BETWEEN 0 AND documents", name=op.f("quality_reports_compared_check")),
        sa.PrimaryKeyConstraint("id", name="quality_reports_pkey"),
    )
    op.create_index("quality_reports_checked_at_idx", "quality_reports", [sa.text("checked_at DESC")])


def downgrade() -> None:
    op.drop_table("quality_reports")
