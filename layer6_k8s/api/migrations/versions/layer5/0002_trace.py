"""A job carries the trace of the request that started it."""

import sqlalchemy as sa
from alembic import op

revision = "layer5_0002"
down_revision = "layer5_0001"
branch_labels = None
depends_on = None

FORM = "traceparent ~ '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("traceparent", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("jobs_traceparent_check"), "jobs", FORM)


def downgrade() -> None:
    op.drop_constraint(op.f("jobs_traceparent_check"), "jobs")
    op.drop_column("jobs", "traceparent")
