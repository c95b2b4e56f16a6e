"""The walls between tenants, taken down one at a time in a database that a service already uses.

Each change is a transaction of its own: one that held the locks of many tables could wait for the service in a circle.
"""

from collections.abc import Callable

import psycopg
from psycopg import sql

from mystack.postgres import ROLE, SERVICE_ROLE
from tests.needs import as_owner, as_superuser

VIEWS = """
    SELECT viewname, (
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = format('tenant.%I', viewname)::regclass AND attnum > 0
    ) FROM pg_views WHERE schemaname = 'tenant'
"""
GUARDED = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity"

OWNED = """
    SELECT CASE relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END, quote_ident(nspname) || '.' || quote_ident(relname)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname IN ('public', 'tenant') AND relkind IN ('r', 'v') AND relowner = %s::regrole
"""


def as_built(url: str) -> None:
    """Both walls stand."""


def rows_alone(url: str) -> None:
    """The views show every row that row-level security lets through."""
    with psycopg.connect(as_owner(url), autocommit=True) as owner:
        for name, columns in owner.execute(VIEWS).fetchall():
            statement = sql.SQL(
                "CREATE OR REPLACE VIEW tenant.{} WITH (security_invoker = true) AS SELECT {} FROM public.{}"
            )
            owner.execute(statement.format(sql.Identifier(name), sql.SQL(columns), sql.Identifier(name)))


def views_alone(url: str) -> None:
    """Row-level security is off: what is left is the predicate of each view."""
    with psycopg.connect(as_owner(url), autocommit=True) as owner:
        for (name,) in owner.execute(GUARDED).fetchall():
            owner.execute(sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(sql.Identifier(name)))


def served_by_the_owner(url: str) -> None:
    """The service's role owns the tables: FORCE binds it all the same."""
    with psycopg.connect(as_superuser(url), autocommit=True) as superuser:
        for kind, name in superuser.execute(OWNED, [ROLE]).fetchall():
            change = sql.SQL("ALTER {} {} OWNER TO {}")
            superuser.execute(change.format(sql.SQL(kind), sql.SQL(name), sql.Identifier(SERVICE_ROLE)))


WALLS: dict[str, Callable[[str], None]] = {
    "as built": as_built,
    "row-level security alone": rows_alone,
    "views alone": views_alone,
    "served by the owner": served_by_the_owner,
}
