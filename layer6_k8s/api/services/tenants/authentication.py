"""Who a request comes from: the operator, or a tenant by one of its credentials."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from api.errors import Unauthorized
from api.services.documents.store import StoreUnavailable
from api.services.serving.authentication import ANONYMOUS, Authenticator, Caller
from api.services.tenants.callers import Bookkeeper, Scope, TenantCaller, default_caller
from api.services.tenants.errors import CredentialRefused
from api.services.tenants.keys import REMEMBERED_SECONDS, KeyCallers, KeyFinder
from api.services.tenants.tokens import TokenCallers

KEY_PREFIX = "ms_"
SHARED_SCOPES: frozenset[Scope] = frozenset({"read", "write"})
CHECK_SECONDS = 1.0
OPERATOR = Bookkeeper("operator")
"""Whoever has ADMIN_KEY. It belongs to no tenant."""


UNVERIFIED = Caller("unverified")
"""Nobody knows yet whether this caller needs a credential: the database has not been reached since the start."""


@dataclass(frozen=True)
class SoleCaller(TenantCaller):
    """The tenant `default` where nobody else administers the service: it may do everything but manage tenants."""


def sole_caller(name: str) -> SoleCaller:
    return SoleCaller(name, default_caller(name).tenant)


class SignIn:
    """Whether a request needs a credential: always if a setting says so, else as soon as any tenant has a key."""

    def __init__(self, keys: KeyFinder, *, always: bool) -> None:
        self.keys = keys
        self.always = always
        self._known: bool | None = None
        self._checked_at = 0.0
        self._checking = asyncio.Lock()

    async def required(self) -> bool:
        """Raises `StoreUnavailable` if it was never known."""
        if not self.always and not self._is_fresh():
            async with self._checking:
                if not self._is_fresh():
                    await self._check()
        return self.always or bool(self._known)

    def begin(self) -> None:
        """A key was made just now."""
        self._known = True

    def _is_fresh(self) -> bool:
        return self._known is not None and time.monotonic() < self._checked_at + REMEMBERED_SECONDS

    async def _check(self) -> None:
        """While the database is away, what was known stays: no key is made meanwhile."""
        if self._known is None:
            self._known = await self.keys.any()
        else:
            with suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    self._known = await self.keys.any()
        self._checked_at = time.monotonic()


class TenantAuthenticator:
    """The port `Authenticator`. `shared` knows API_KEY; without `admin_key`, whoever has that is the sole caller."""

    def __init__(
        self,
        shared: Authenticator,
        admin_key: str | None,
        keys: KeyCallers,
        tokens: TokenCallers | None,
        sign_in: SignIn,
    ) -> None:
        self.shared = shared
        self.admin_key = admin_key.encode() if admin_key else None
        self.keys = keys
        self.tokens = tokens
        self.sign_in = sign_in

    async def caller(self, headers: Mapping[str, str]) -> Caller:
        """See `Authenticator`. Where no credential is needed, one that is not known does no harm."""
        try:
            return await self._identified(headers)
        except Unauthorized:
            try:
                if await self.sign_in.required():
                    raise
            except StoreUnavailable:
                return UNVERIFIED
            return sole_caller(ANONYMOUS.name)

    def forget(self) -> None:
        """Check every credential again: one was made or revoked, or a tenant was changed."""
        self.keys.remembered.clear()
        if self.tokens:
            self.tokens.tenants.clear()

    async def _identified(self, headers: Mapping[str, str]) -> Caller:
        given = bearer(headers)
        if given is None:
            raise Unauthorized
        if self.admin_key and secrets.compare_digest(given.encode("latin-1"), self.admin_key):
            return OPERATOR
        with suppress(Unauthorized):
            shared = await self.shared.caller(headers)
            if shared is not ANONYMOUS:
                return self._shared_caller(shared)
        if given.startswith(KEY_PREFIX):
            return await self.keys.caller(given)
        if self.tokens and given.count(".") == 2:
            return await self.tokens.caller(given)
        raise CredentialRefused

    def _shared_caller(self, shared: Caller) -> TenantCaller:
        sole = sole_caller(shared.name)
        return TenantCaller(shared.name, sole.tenant, SHARED_SCOPES) if self.admin_key else sole


def bearer(headers: Mapping[str, str]) -> str | None:
    """What is sent as `Authorization: Bearer …`."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() or None if scheme.lower() == "bearer" else None
