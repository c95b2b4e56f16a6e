"""The rule that makes tables the tenants', applied to what PostgreSQL's catalogue lists.

A table that belongs to tenants gets `tenant_no`, by default the number of the tenant that writes. It comes first in
every primary key, unique constraint, foreign key and B-tree, so that equal values of two tenants never meet. Two walls
stand before its rows:

    a policy of row-level security, FORCEd, so that it also binds the owner: of no tenant there is no row
    a view of the same name in the schema `tenant`, with the predicate in it: the statements of a tenant reach it

The rule is applied again after every migration, because a migration of an earlier layer may bring tables and columns.
"""

import re
from typing import Any

from sqlalchemy import Connection

SHARED = frozenset({"alembic_version", "audit_log", "embedding_spaces", "tenants", "workers"})
"""Tables that belong to the installation."""
LISTED = frozenset({"api_keys", "reservations", "usage"})
"""Tables that are made with `tenant_no`."""
BOOKKEEPING = (
    "ab_tests", "answer_profiles", "answered", "answers", "api_keys", "archives", "audit_log", "batches", "experiments",
    "files", "jobs", "kept_vectors", "registry_aliases", "registry_versions", "reservations", "runs", "samples",
    "sources", "source_items", "tenants", "usage",
)  # fmt: skip
"""Tables whose rows of all tenants the service itself may use, to run jobs and to keep keys and limits."""
SHARED_INDEXES = frozenset({"jobs_queued_idx", "jobs_running_idx", "runs_mirror_after_idx", "answers_created_at_idx"})
"""Indexes for the service's own statements, which are about all tenants."""
ALSO_UNIQUE = {"feedback": "message_id", "quality_reports": "id", "source_items": "source_id, key"}
"""Keys that begin with a UUID and stay unique by themselves: statements name them in ON CONFLICT."""

THIS_TENANT = (
    "CREATE OR REPLACE FUNCTION public.this_tenant() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE RETURN "
)
THIS_TENANT += "nullif(current_setting('app.tenant', true), '')::integer"
TABLES = """
    SELECT relname, EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant_no' AND NOT attisdropped
    ) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid), confrelid::regclass::text
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f')
        AND conrelid::regclass::text = ANY(%(tables)s)
    ORDER BY contype = 'f', conname
"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%(tables)s)
        AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace)
"""
COLUMNS = """
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'tenant_no'
"""
SHOWN = """
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = to_regclass('tenant.' || quote_ident(%(table)s)) AND attnum > 0 AND NOT attisdropped
"""
POLICY = """
    SELECT FROM pg_policies WHERE schemaname = 'public' AND tablename = %(table)s AND policyname = %(name)s
"""
CHILDREN = """
    SELECT DISTINCT conrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND starts_with(pg_get_constraintdef(oid), 'FOREIGN KEY (tenant_no, ') AND NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey) AND NOT attnotnull
    )
"""
"""Tables whose rows always have a parent, with which they are deleted."""


def own_tables(connection: Connection) -> list[str]:
    """Apply the rule to the tables that are not the tenants' yet; returns the names of all that are."""
    tables = [(name, owned) for name, owned in _rows(connection, TABLES) if name not in SHARED]
    new = [name for name, owned in tables if not owned]
    for name in new:
        _run(connection, f'ALTER TABLE "{name}" ADD COLUMN tenant_no integer NOT NULL DEFAULT 1')
        _run(connection, f'ALTER TABLE "{name}" ALTER COLUMN tenant_no SET DEFAULT this_tenant()')
    if new:
        _rekey(connection, new, with_tenant=True)
        children = {name for (name,) in _rows(connection, CHILDREN)}
        for name in [name for name in new if name not in children]:
            _run(
                connection,
                f'ALTER TABLE "{name}" ADD FOREIGN KEY (tenant_no) REFERENCES tenants (no) ON DELETE CASCADE',
            )
    for name in [name for name in new if name in ALSO_UNIQUE]:
        _run(connection, f'ALTER TABLE "{name}" ADD CONSTRAINT {name}_alone_key UNIQUE ({ALSO_UNIQUE[name]})')
    return [name for name, _ in tables]


def disown_tables(connection: Connection) -> None:
    """Undo the rule. The rows of all tenants must be those of one."""
    _run(connection, "DROP SCHEMA IF EXISTS tenant CASCADE")
    tables = [name for name, owned in _rows(connection, TABLES) if owned and name not in LISTED]
    for name in [name for name, _ in _rows(connection, TABLES)]:
        _run(connection, f'DROP POLICY IF EXISTS tenant ON "{name}"')
        _run(connection, f'DROP POLICY IF EXISTS everyone ON "{name}"')
        _run(connection, f'ALTER TABLE "{name}" DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY')
    for name in [name for name in tables if name in ALSO_UNIQUE]:
        _run(connection, f'ALTER TABLE "{name}" DROP CONSTRAINT {name}_alone_key')
    for name in tables:
        _run(connection, f'ALTER TABLE "{name}" DROP CONSTRAINT IF EXISTS {name}_tenant_no_fkey')
    _rekey(connection, tables, with_tenant=False)
    for name in tables:
        _run(connection, f'ALTER TABLE "{name}" DROP COLUMN tenant_no')


def build_walls(connection: Connection, tables: list[str]) -> None:
    """Policies and views for the tenants' tables, and policies for the bookkeeping. May be repeated."""
    for name in tables:
        build_wall(connection, name)
    open_bookkeeping(connection)


def build_wall(connection: Connection, table: str) -> None:
    """Policy and view of a table that is the tenants'. May be repeated.

    It takes nothing away, so that the release before still works: a view only gains the columns that its table gained.
    What is as it should be is not locked.
    """
    _run(connection, "CREATE SCHEMA IF NOT EXISTS tenant")
    _policy(connection, table, "tenant", "tenant_no = (SELECT this_tenant())")
    ((columns,),) = _rows(connection, COLUMNS, table=table)
    if _rows(connection, SHOWN, table=table) != [(columns,)]:
        _run(
            connection,
            f'CREATE OR REPLACE VIEW tenant."{table}" WITH (security_invoker = true) AS '  # noqa: S608
            f'SELECT {columns or ""} FROM public."{table}" WHERE tenant_no = this_tenant()',
        )


def open_bookkeeping(connection: Connection) -> None:
    """Policies by which the service itself sees the rows of all tenants in some tables. May be repeated."""
    _policy(connection, "tenants", "tenant", "no = (SELECT this_tenant())")
    there = {name for name, _ in _rows(connection, TABLES)}
    for name in [name for name in BOOKKEEPING if name in there]:  # a later revision makes the others
        _policy(connection, name, "everyone", "(SELECT current_setting('app.everyone', true)) = 'on'")


def drop_views(connection: Connection) -> None:
    """A migration cannot change a column that a view shows."""
    _run(connection, "DROP SCHEMA IF EXISTS tenant CASCADE")


def _policy(connection: Connection, table: str, name: str, condition: str) -> None:
    if _rows(connection, POLICY, table=table, name=name):
        return
    _run(connection, f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')
    _run(connection, f'CREATE POLICY {name} ON "{table}" USING ({condition})')


def _rekey(connection: Connection, tables: list[str], *, with_tenant: bool) -> None:
    """Write the keys and indexes of the tables anew, with the tenant in front or without it."""
    constraints = _rows(connection, CONSTRAINTS, tables=tables)
    for table, name, _, _, _ in reversed(constraints):  # foreign keys first
        _run(connection, f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for table, name, kind, definition, parent in constraints:
        of_tenants = kind != "f" or parent not in SHARED
        text = _keyed(definition, with_tenant=with_tenant) if of_tenants else definition
        _run(connection, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {text}')
    for name, definition in _rows(connection, INDEXES, tables=tables):
        if "USING hnsw" in definition:
            _run(connection, f'DROP INDEX "{name}"')
        elif "USING btree" in definition and name not in SHARED_INDEXES:
            _run(connection, f'DROP INDEX "{name}"')
            _run(connection, _keyed(definition, with_tenant=with_tenant))


def _keyed(definition: str, *, with_tenant: bool) -> str:
    """A definition with `tenant_no` in front of its columns, or without it.

    PRIMARY KEY (a) INCLUDE (b)                             ->  PRIMARY KEY (tenant_no, a) INCLUDE (b)
    FOREIGN KEY (a) REFERENCES b(id) ON DELETE SET NULL     ->  FOREIGN KEY (tenant_no, a) REFERENCES b(tenant_no, id)
                                                                ON DELETE SET NULL (a)
    CREATE INDEX i ON public.t USING btree (a DESC)         ->  … USING btree (tenant_no, a DESC)
    """
    if not with_tenant:
        return re.sub(r"SET NULL \([^)]*\)", "SET NULL", definition.replace("(tenant_no, ", "("))
    head, separator, rest = definition.partition(" REFERENCES ")
    columns = head[head.index("(") :]
    head = head.replace("(", "(tenant_no, ", 1)
    if separator:
        rest = rest.replace("(", "(tenant_no, ", 1).replace("ON DELETE SET NULL", f"ON DELETE SET NULL {columns}")
    return head + separator + rest


def _rows(connection: Connection, query: str, **values: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(query, values or None)]


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)
