"""The library's version, in one row."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_version",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("library_version_id_check")),
        sa.CheckConstraint("version >= 0", name=op.f("library_version_version_check")),
        sa.PrimaryKeyConstraint("id", name="library_version_pkey"),
    )
    op.execute("INSERT INTO library_version (id, version) VALUES (1, 0)")


def downgrade() -> None:
    op.drop_table("library_version")
