"""Two roles: one owns the tables and migrates them, the other one serves and is bound by row-level security.

The owner's address is DATABASE_OWNER_URL, the service's DATABASE_URL. Only who owns the tables can give access to them,
so the owner does it after its migrations; the service refuses a role that row-level security would not bind.
"""

import os
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection
from sqlalchemy import text as query
from sqlalchemy.exc import InternalError, OperationalError

from api.adapters.postgres.schema.migrations import MIGRATION_LOCK, SchemaRefused, engine
from api.adapters.postgres.schema.upgrade import UNREACHABLE, upgrade
from api.adapters.postgres.schema.version import CONNECT_SECONDS, MIGRATIONS, schema_is_current
from api.adapters.postgres.tenants.ownership import build_wall, drop_views, open_bookkeeping, own_tables
from api.services.documents.store import StoreUnavailable

HAS_ACCESS = """
    SELECT NOT EXISTS (
        SELECT FROM pg_class AS tables WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND NOT has_table_privilege(:role, tables.oid, 'SELECT')
    ) AND NOT EXISTS (
        SELECT FROM pg_attribute AS needed JOIN pg_class AS tables ON tables.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attname <> 'tenant_no' AND attnum > 0
        AND NOT attisdropped AND EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = tables.oid AND attname = 'tenant_no' AND NOT attisdropped
        ) AND NOT EXISTS (
            SELECT FROM pg_attribute AS seen JOIN pg_class AS views ON views.oid = seen.attrelid
            WHERE views.relnamespace = to_regnamespace('tenant') AND views.relname = tables.relname
            AND seen.attname = needed.attname AND has_table_privilege(:role, views.oid, 'SELECT')
        )
    )
"""
BOUND = """
    SELECT rolsuper, rolbypassrls, EXISTS (
        SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND pg_has_role(current_user, relowner, 'USAGE')
    ) FROM pg_roles WHERE rolname = current_user
"""
GRANTS = (
    "GRANT USAGE ON SCHEMA public, tenant TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, tenant TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
)


def upgrade_as(owner_url: str | None, url: str) -> None:
    """Bring the schema up to date as its owner, if that one's address is given. Blocking.

    Raises `StoreUnavailable`, and `SchemaRefused` when the schema is not current or `url` names an unsuitable role.
    """
    try:
        if owner_url:
            owner = at_database_of(owner_url, url)
            if not schema_is_current(owner):
                without_views(owner)
                upgrade(owner)
            prepare(owner, url)
        require_bound(url)
        if not schema_is_current(url):
            raise SchemaRefused(
                "The database has not the schema of this service, and only the owner of its tables can change that: "
                "set DATABASE_OWNER_URL, or run `python -m api.entrypoints.migrate` with it."
            )
    except (psycopg.OperationalError, OperationalError, InternalError) as error:  # PostgreSQL's word for a race, too
        raise StoreUnavailable(UNREACHABLE) from error


def at_database_of(owner_url: str, url: str) -> str:
    """The owner's address; what it leaves out (host, port, database, …) is that of `url`, but no other role's password.

    libpq looks for that elsewhere, such as in PGPASSWORD.
    """
    service, owner = conninfo_to_dict(url), conninfo_to_dict(owner_url)
    if owner.get("user", service.get("user")) != service.get("user"):
        service.pop("password", None)
    return make_conninfo("", **service | owner)


def without_views(owner_url: str, migrations: Path = MIGRATIONS) -> None:
    """Drop the tenants' views before a migration; `prepare` makes them again. Blocking.

    Of several processes that start together, a late one must not drop the views that another one has made.
    """
    with engine(owner_url).connect() as connection:
        connection.execute(query("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        if not schema_is_current(owner_url, migrations):
            drop_views(connection)
        connection.commit()


def prepare(owner_url: str, url: str) -> None:
    """Apply the rule of ownership to what a migration has brought, and give the role of `url` access. Blocking."""
    login = conninfo_to_dict(url)
    role = str(login.get("user") or "")
    with engine(owner_url).connect() as connection:
        if _exists(connection, role) and connection.scalar(query(HAS_ACCESS), {"role": role}):
            return
        connection.execute(query("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        if not _exists(connection, role):
            password = str(login.get("password") or os.environ.get("PGPASSWORD", ""))  # as libpq looks for it
            _run(connection, "CREATE ROLE {role} LOGIN PASSWORD {password}", role, password)
        tables = own_tables(connection)
        connection.commit()
        for table in tables:
            build_wall(connection, table)
            connection.commit()  # a request uses several views: with two locked, each could wait for the other
        open_bookkeeping(connection)
        for grant in GRANTS:
            _run(connection, grant, role)
        connection.commit()


def require_bound(url: str) -> None:
    """Raises `SchemaRefused` for a role that row-level security does not bind, and `psycopg.OperationalError`."""
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
        found = connection.execute(BOUND).fetchone()
        role = connection.info.user
    if found is None or not any(found):
        return
    reason = "is a superuser" if found[0] else "bypasses row-level security" if found[1] else "owns the tables"
    raise SchemaRefused(
        f"The role {role!r} of DATABASE_URL {reason}, so the database would not keep tenants apart: give it as "
        "DATABASE_OWNER_URL, and another role, which owns nothing, as DATABASE_URL."
    )


def _exists(connection: Connection, role: str) -> bool:
    return connection.scalar(query("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}) is not None


def _run(connection: Connection, statement: LiteralString, role: str, password: str = "") -> None:
    text = sql.SQL(statement).format(role=sql.Identifier(role), password=sql.Literal(password))
    connection.exec_driver_sql(text.as_string().replace("%", "%%"))
