"""Jobs that ended lately, and those that failed, are found without reading all that are done."""

import sqlalchemy as sa
from alembic import op

revision = "layer5_0005"
down_revision = "layer5_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "jobs_finished_at_idx", "jobs", ["finished_at"], postgresql_where=sa.text("finished_at IS NOT NULL")
    )
    op.create_index("jobs_failed_idx", "jobs", ["kind"], postgresql_where=sa.text("state = 'failed'"))


def downgrade() -> None:
    op.drop_index("jobs_failed_idx", "jobs")
    op.drop_index("jobs_finished_at_idx", "jobs")
