"""Exported tenants; and the jobs of a suspended tenant wait."""

import sqlalchemy as sa
from alembic import op

from api.adapters.postgres.tenants.ownership import build_walls, own_tables

revision = "layer6_0002"
down_revision = "layer6_0001"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "archives",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_no", "job_id"], ["jobs.tenant_no", "jobs.id"], name="archives_job_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_no", "job_id", "part", name="archives_pkey"),
        sa.Column("tenant_no", sa.Integer(), server_default=sa.text("this_tenant()"), nullable=False),
    )
    connection = op.get_bind()
    build_walls(connection, own_tables(connection))
    _hold_jobs()


def downgrade() -> None:
    op.execute("DROP TRIGGER hold_job ON jobs")
    op.execute("DROP FUNCTION hold_job()")
    op.execute("SELECT set_config('app.everyone', 'on', true)")
    op.execute("UPDATE jobs SET run_after = now() WHERE run_after = 'infinity'")
    op.execute("DROP VIEW IF EXISTS tenant.archives")
    op.drop_table("archives")


def _hold_jobs() -> None:
    """Whoever queues a job, or queues it again: while its tenant is suspended it waits, without end.

    The lock makes a suspension wait for jobs that are being queued, so that it finds them. An export is the operator's.
    """
    op.execute("""
        CREATE FUNCTION hold_job() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE suspended boolean;
        BEGIN
            SELECT suspended_at IS NOT NULL INTO suspended FROM public.tenants WHERE no = NEW.tenant_no FOR SHARE;
            IF suspended THEN
                NEW.run_after = 'infinity';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER hold_job BEFORE INSERT OR UPDATE OF state ON jobs FOR EACH ROW
        WHEN (NEW.state = 'queued' AND NEW.kind <> 'export') EXECUTE FUNCTION hold_job()
    """)
