"""Each reservation of tokens has a row with a lease, so that those of a process that died are given back."""

import sqlalchemy as sa
from alembic import op

from api.adapters.postgres.tenants.ownership import build_walls, own_tables

revision = "layer6_0004"
down_revision = "layer6_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reservations",
        sa.Column("tenant_no", sa.Integer(), server_default=sa.text("this_tenant()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tokens > 0", name=op.f("reservations_tokens_check")),
        sa.PrimaryKeyConstraint("tenant_no", "id", name="reservations_pkey"),
        sa.ForeignKeyConstraint(
            ["tenant_no", "day"],
            ["usage.tenant_no", "usage.day"],
            name="reservations_tenant_no_day_fkey",
            ondelete="CASCADE",
        ),
    )
    connection = op.get_bind()
    build_walls(connection, own_tables(connection))


def downgrade() -> None:
    """The service does not run, so nothing is being written for which tokens are reserved."""
    op.execute("SELECT set_config('app.everyone', 'on', true)")
    op.execute("""
        UPDATE usage SET reserved = greatest(reserved - given.tokens, 0)
        FROM (SELECT tenant_no, day, sum(tokens)::bigint FROM reservations GROUP BY 1, 2) AS given (no, day, tokens)
        WHERE usage.tenant_no = given.no AND usage.day = given.day
    """)
    op.execute("DROP VIEW IF EXISTS tenant.reservations")
    op.drop_table("reservations")
