"""The views show the columns that documents gained in layer 3. A view goes before the columns that it shows."""

from alembic import op

from api.adapters.postgres.tenants.ownership import build_walls, drop_views, own_tables

revision = "layer6_0003"
down_revision = "layer6_0002"
branch_labels = None
depends_on = "0006"


def upgrade() -> None:
    connection = op.get_bind()
    build_walls(connection, own_tables(connection))


def downgrade() -> None:
    """The service makes the views again when it starts."""
    drop_views(op.get_bind())
