"""Tenants with limits in a database of their own."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.adapters.postgres.tenants.budgets import PostgresBudgets, keep_quota
from api.adapters.postgres.tenants.database import TenantDatabase
from api.config import Settings
from api.errors import Unauthorized
from api.services.documents.ingestion import Upload
from api.services.jobs.jobs import INTERACTIVE, Job, NewJob
from api.services.metrics.names import Series
from api.services.serving.authentication import Caller
from api.services.tenants.callers import EVERYONE, Tenant, TenantCaller, acting_as

T = TypeVar("T")
INSERT = """
    INSERT INTO tenants (id, name, requests_quota, tokens_quota, documents_quota, bytes_quota)
    VALUES (%(id)s, %(name)s, %(requests)s, %(tokens)s, %(documents)s, %(bytes)s) RETURNING no
"""
STORE = """
    INSERT INTO documents (id, filename, content_type, size_bytes, sha256, chunks, created_at, metadata, tags)
    VALUES (%s, 'note.txt', 'text/plain', %s, %s, 0, now(), '{}', '{}') RETURNING id
"""
NO_QUOTA = dict.fromkeys(("requests", "tokens", "documents", "bytes"))


@dataclass
class Counted:
    """The port `Metrics`, which remembers what it was told."""

    counts: list[str] = field(default_factory=list)
    gauges: dict[str, float] = field(default_factory=dict)

    def count(self, name: Series, amount: float = 1, **labels: str) -> None:
        self.counts.append(" ".join([name.name, *labels.values()]))

    def observe(self, name: Series, value: float, **labels: str) -> None: ...

    def gauge(self, name: Series, value: float, **labels: str) -> None:
        self.gauges[name.name] = value


@dataclass
class Tenants:
    """The tenants of a database, and what they store and spend."""

    database: TenantDatabase

    async def add(self, **quotas: int) -> TenantCaller:
        id = uuid4()
        values: dict[str, Any] = {"id": id, "name": f"t{id.hex[:12]}"} | NO_QUOTA | quotas
        with acting_as(EVERYONE):
            ((no,),) = await self.database.rows(INSERT, values)
        return TenantCaller(values["name"], Tenant(no, id, values["name"]), key_id="one")

    async def set(self, caller: TenantCaller, **quotas: int) -> None:
        (name, value) = next(iter(quotas.items()))
        with acting_as(EVERYONE):
            query = f"UPDATE tenants SET {name}_quota = %s WHERE no = %s"
            await self.database.rows(f"{query} RETURNING no".encode(), [value, caller.tenant.no])

    @property
    def budgets(self) -> PostgresBudgets:
        return PostgresBudgets(self.database)

    async def upload(self, size: int = 10, **more: Any) -> Job:
        data = uuid4().hex.encode().ljust(size, b".")[:size]
        new = NewJob(uuid4(), "ingest", Upload(uuid4(), "note.txt", {}, **more), INTERACTIVE)
        jobs = PostgresJobs(self.database, [keep_quota])
        return await jobs.add(new, data, hashlib.sha256(data).hexdigest())

    async def stored(self, size: int = 10) -> UUID:
        """The id of a document that is stored."""
        ((id,),) = await self.database.rows(STORE, [uuid4(), size, hashlib.sha256(uuid4().bytes).hexdigest()])
        return UUID(str(id))


async def at_once(number: int, act: Callable[[], Coroutine[Any, Any, T]]) -> list[T | BaseException]:
    return await asyncio.gather(*(act() for _ in range(number)), return_exceptions=True)


@pytest.fixture
async def tenants(stores: Callable[[], dict[str, Any]]) -> AsyncIterator[Tenants]:
    url = stores()["database_url"]
    async with TenantDatabase(url, connections=8, seconds=10, write_seconds=20) as database:
        yield Tenants(database)


@pytest.fixture
def metrics() -> Counted:
    return Counted()


class KnownCallers:
    """The port `Authenticator`: the key is the name of a tenant."""

    def __init__(self) -> None:
        self.callers: dict[str, Caller] = {}

    async def caller(self, headers: Mapping[str, str]) -> Caller:
        name = headers.get("authorization", "").removeprefix("Bearer ")
        if name not in self.callers:
            raise Unauthorized
        return self.callers[name]


@dataclass
class Service:
    """A served application and the callers that it knows."""

    url: str
    known: KnownCallers
    tenants: Tenants
    clients: AsyncExitStack

    async def tenant(self, **quotas: int) -> httpx2.AsyncClient:
        """A client of a new tenant with these quotas."""
        return await self.client(await self.tenants.add(**quotas))

    async def operator(self) -> httpx2.AsyncClient:
        return await self.client(EVERYONE)

    async def client(self, caller: Caller) -> httpx2.AsyncClient:
        self.known.callers[caller.name] = caller
        headers = {"Authorization": f"Bearer {caller.name}"}
        client = httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=30, trust_env=False, verify=False)
        return await self.clients.enter_async_context(client)


@pytest.fixture
async def service(
    settings: Callable[..., Settings], start: Callable[..., Any]
) -> AsyncIterator[Callable[..., Coroutine[Any, Any, Service]]]:
    """Serves the layer with the given settings to tenants that sign in with their name."""
    from api.main import create_app

    async with AsyncExitStack() as stack:

        async def serve(**values: Any) -> Service:
            chosen, known = settings(**values), KnownCallers()
            app = create_app(chosen)
            database = TenantDatabase(
                chosen.database_url.get_secret_value(), connections=2, seconds=10, write_seconds=20
            )

            async def signed_in(scope: Scope, receive: Receive, send: Send) -> None:
                if scope["type"] == "http":
                    scope["state"]["authenticator"] = known
                await app(scope, receive, send)

            url = stack.enter_context(start(signed_in))
            return Service(url, known, Tenants(await stack.enter_async_context(database)), stack)

        yield serve
