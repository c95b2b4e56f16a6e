"""Tenants besides `default`, made as an administrator makes them."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

from api.adapters.postgres.database import Database
from api.services.tenants.callers import EVERYONE, Tenant, TenantCaller, acting_as

T = TypeVar("T")
INSERT = "INSERT INTO tenants (id, name) VALUES (%s, %s) RETURNING no, id, name"


async def new_tenant(database: Database, name: str) -> TenantCaller:
    with acting_as(EVERYONE):
        async with database.transaction() as connection:
            row = await (await connection.execute(INSERT, [uuid4(), name])).fetchone()
    assert row is not None
    return TenantCaller(name, Tenant(*row))


async def as_tenant(caller: TenantCaller, call: Callable[[], Awaitable[T]]) -> T:
    with acting_as(caller):
        return await call()
