"""Where the model of an embedding space was found, so that a running service can load it after a switch."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("embedding_spaces", sa.Column("model", sa.Text(), nullable=True))
    op.add_column("embedding_spaces", sa.Column("path", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("embedding_spaces", "path")
    op.drop_column("embedding_spaces", "model")
