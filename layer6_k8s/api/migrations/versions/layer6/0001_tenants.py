"""Many tenants in one database: whatever was stored before belongs to the tenant `default`."""

import sqlalchemy as sa
from alembic import op

from api.adapters.postgres.tenants.ownership import THIS_TENANT, build_walls, disown_tables, own_tables

revision = "layer6_0001"
down_revision = None
branch_labels = ("layer6",)
depends_on = "layer5_0006"

NOW = sa.text("now()")


def upgrade() -> None:
    op.execute(THIS_TENANT)
    _create_tenants()
    _create_keys_and_usage()
    connection = op.get_bind()
    tables = own_tables(connection)
    _give_each_a_library(connection)
    build_walls(connection, tables)
    _count_open_jobs()
    _forget_in_order()


def downgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql("SELECT set_config('app.everyone', 'on', true)")
    if connection.exec_driver_sql("SELECT count(*) FROM tenants").scalar_one() > 1:
        raise RuntimeError(
            "There is more than one tenant, and layer 5 has only one: export and delete the others first."
        )
    for function in ("new_library", "forget_tenant"):
        op.execute(f"DROP TRIGGER {function} ON tenants")
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DROP VIEW queue_depth")
    op.execute("DROP FUNCTION open_jobs()")
    disown_tables(connection)
    for table in ("audit_log", "usage", "api_keys", "tenants"):
        op.drop_table(table)
    op.execute("DROP FUNCTION this_tenant()")
    for space, dimension in connection.exec_driver_sql("SELECT id, dimension FROM embedding_spaces").all():
        op.execute(
            f"CREATE INDEX embeddings_hnsw_{space} ON embeddings "
            f"USING hnsw ((dense::halfvec({dimension})) halfvec_cosine_ops) WITH (ef_construction = 100) "
            f"WHERE space_id = {space}"
        )


def _create_tenants() -> None:
    op.create_table(
        "tenants",
        sa.Column("no", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("documents_quota", sa.BigInteger(), nullable=True),
        sa.Column("bytes_quota", sa.BigInteger(), nullable=True),
        sa.Column("tokens_quota", sa.BigInteger(), nullable=True),
        sa.Column("requests_quota", sa.Integer(), nullable=True),
        sa.CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'", name=op.f("tenants_name_check")),
        sa.CheckConstraint(
            "least(documents_quota, bytes_quota, tokens_quota, requests_quota) >= 0", name=op.f("tenants_quotas_check")
        ),
        sa.PrimaryKeyConstraint("no", name="tenants_pkey"),
        sa.UniqueConstraint("id", name="tenants_id_key"),
        sa.UniqueConstraint("name", name="tenants_name_key"),
    )
    op.execute("INSERT INTO tenants (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'default')")


def _create_keys_and_usage() -> None:
    tenant_no = sa.text("this_tenant()")
    op.create_table(
        "api_keys",
        sa.Column("tenant_no", sa.Integer(), server_default=tenant_no, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("api_keys_sha256_check")),
        sa.CheckConstraint("scopes <@ ARRAY['read', 'write', 'admin']", name=op.f("api_keys_scopes_check")),
        sa.PrimaryKeyConstraint("tenant_no", "id", name="api_keys_pkey"),
        sa.UniqueConstraint("id", name="api_keys_id_key"),
        sa.ForeignKeyConstraint(["tenant_no"], ["tenants.no"], name="api_keys_tenant_no_fkey", ondelete="CASCADE"),
    )
    op.create_table(
        "usage",
        sa.Column("tenant_no", sa.Integer(), server_default=tenant_no, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("prompt", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("completion", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("least(prompt, completion, reserved) >= 0", name=op.f("usage_tokens_check")),
        sa.PrimaryKeyConstraint("tenant_no", "day", name="usage_pkey"),
        sa.ForeignKeyConstraint(["tenant_no"], ["tenants.no"], name="usage_tenant_no_fkey", ondelete="CASCADE"),
    )
    op.create_table(
        "audit_log",
        sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="audit_log_pkey"),
    )
    op.create_index("audit_log_tenant_id_number_idx", "audit_log", ["tenant_id", sa.text("number DESC")])


def _give_each_a_library(connection: sa.Connection) -> None:
    """Versions of two tenants are never equal, so that nothing that was computed from one is taken for the other's."""
    op.execute("""
        CREATE FUNCTION new_library() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM set_config('app.tenant', NEW.no::text, true);
            INSERT INTO public.library_version (tenant_no, id, version) VALUES (NEW.no, 1, (NEW.no::bigint - 1) << 32);
            PERFORM set_config('app.tenant', '', true);
            RETURN NEW;
        END $$
    """)
    op.execute("CREATE TRIGGER new_library AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION new_library()")


def _count_open_jobs() -> None:
    """For an autoscaler, whose role may read this view and nothing else: without a tenant it would count none."""
    op.execute("""
        CREATE FUNCTION open_jobs(OUT waiting bigint, OUT running bigint) LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = public AS $$ BEGIN
            PERFORM set_config('app.everyone', 'on', true);
            SELECT count(*) FILTER (WHERE state = 'queued' AND run_after <= now()),
                count(*) FILTER (WHERE state = 'running') INTO waiting, running
            FROM jobs WHERE state IN ('queued', 'running');
            PERFORM set_config('app.everyone', '', true);
        END $$
    """)
    op.execute("CREATE VIEW queue_depth AS SELECT * FROM open_jobs()")


def _forget_in_order() -> None:
    """Deleting a tenant deletes its rows by cascade. Where a row must not lose its parent, the row goes first."""
    op.execute("""
        CREATE FUNCTION forget_tenant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            DELETE FROM public.registry_aliases WHERE tenant_no = OLD.no;
            DELETE FROM public.registry_versions WHERE tenant_no = OLD.no;
            DELETE FROM public.runs WHERE tenant_no = OLD.no;
            DELETE FROM public.jobs WHERE tenant_no = OLD.no;
            RETURN OLD;
        END $$
    """)
    op.execute("CREATE TRIGGER forget_tenant BEFORE DELETE ON tenants FOR EACH ROW EXECUTE FUNCTION forget_tenant()")
