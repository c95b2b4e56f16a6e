"""Tenants: who calls, by API keys and tokens, and how the operator administers them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from api.adapters.jwks.key_set import KeySet, client_for
from api.adapters.jwks.verifier import Expected, JwtVerifier
from api.adapters.postgres.database import Database
from api.adapters.postgres.tenants.audit import PostgresAudit
from api.adapters.postgres.tenants.keys import PostgresKeys
from api.adapters.postgres.tenants.tenants import PostgresTenants
from api.config import Settings
from api.services.serving.authentication import Authenticator
from api.services.serving.health import Probe
from api.services.tenants.admin import TenantAdmin, TenantEntries
from api.services.tenants.authentication import SignIn, TenantAuthenticator
from api.services.tenants.keys import KeyCallers
from api.services.tenants.permissions import Permissions
from api.services.tenants.tokens import TokenCallers


@dataclass(frozen=True)
class Tenancy:
    authenticator: TenantAuthenticator
    permissions: Permissions
    admin: TenantAdmin
    probes: tuple[Probe, ...] = ()


@asynccontextmanager
async def tenancy(settings: Settings, database: Database, shared: Authenticator) -> AsyncIterator[Tenancy]:
    """`shared` knows API_KEY. The keys of the identity provider are fetched in the background."""
    admin_key = settings.admin_key.get_secret_value() if settings.admin_key else None
    keys, tenants = PostgresKeys(database), PostgresTenants(database)
    async with _key_set(settings) as key_set, _entries(settings) as entries:
        authenticator = TenantAuthenticator(
            shared,
            admin_key,
            KeyCallers(keys),
            TokenCallers(JwtVerifier(key_set, _expected(settings)), tenants) if key_set else None,
            SignIn(keys, always=settings.locked),
        )
        yield Tenancy(
            authenticator=authenticator,
            permissions=Permissions(administered=admin_key is not None),
            admin=TenantAdmin(tenants, tenants, keys, PostgresAudit(database), authenticator, entries),
            probes=(Probe("identity_provider", key_set.check, required=False),) if key_set else (),
        )


@asynccontextmanager
async def _entries(settings: Settings) -> AsyncIterator[TenantEntries | None]:
    if settings.redis_url is None:
        yield None
        return
    from api.adapters.redis.tenant_entries import RedisTenantEntries  # imported where there is a Redis

    entries = RedisTenantEntries(settings.redis_url.get_secret_value())
    try:
        yield entries
    finally:
        await entries.close()


@asynccontextmanager
async def _key_set(settings: Settings) -> AsyncIterator[KeySet | None]:
    if settings.jwks_url is None:
        yield None
        return
    async with client_for(settings.jwks_url) as client:
        key_set = KeySet(client, settings.jwks_url)
        keeping = asyncio.create_task(key_set.keep())
        try:
            yield key_set
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping


def _expected(settings: Settings) -> Expected:
    return Expected(
        issuer=settings.jwt_issuer or "",
        audience=settings.jwt_audience or "",
        tenant_claim=settings.jwt_tenant_claim,
        scope_claim=settings.jwt_scope_claim,
        leeway_seconds=settings.jwt_leeway_seconds,
    )
