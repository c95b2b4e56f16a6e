"""Tokens of an identity provider: a JWT names the tenant and the scopes of whoever carries it."""

from dataclasses import dataclass
from typing import Protocol

from api.services.tenants.accounts import Account, AccountFinder
from api.services.tenants.callers import Scope, TenantCaller
from api.services.tenants.errors import CredentialRefused, TenantSuspended
from api.services.tenants.keys import REMEMBERED_SECONDS, hashed
from api.services.tenants.remembered import Remembered

VERIFIED_SECONDS = 60.0
"""How long a verified token is not verified again, unless it expires before."""


@dataclass(frozen=True)
class Claims:
    """What a verified token says. `tenant` is an id or a name; `seconds_left`: until it expires."""

    tenant: str
    scopes: frozenset[Scope]
    seconds_left: float


class TokenVerifier(Protocol):
    async def verified(self, token: str) -> Claims:
        """Raises `CredentialRefused` and `ProviderAway`."""
        ...


class TokenCallers:
    """Who calls with a token. A token is verified again when the tenant's epoch has risen."""

    def __init__(self, verifier: TokenVerifier, accounts: AccountFinder) -> None:
        self.verifier = verifier
        self.accounts = accounts
        self.tenants: Remembered[Account] = Remembered()
        self.remembered: Remembered[tuple[Claims, int]] = Remembered()

    async def caller(self, token: str) -> TenantCaller:
        """Raises `CredentialRefused`, `TenantSuspended`, `ProviderAway` and `StoreUnavailable`."""
        sha256 = hashed(token)
        claims, epoch = self.remembered.get(sha256) or (None, None)
        if claims is None:
            claims = await self.verifier.verified(token)
        account = await self._account(claims.tenant)
        if epoch is None or epoch != account.epoch:
            claims = claims if epoch is None else await self.verifier.verified(token)
            self.remembered.put(sha256, (claims, account.epoch), min(VERIFIED_SECONDS, claims.seconds_left))
        return TenantCaller("token", account.tenant, claims.scopes)

    async def _account(self, name: str) -> Account:
        account = self.tenants.get(name) or await self.accounts.named(name)
        if account is None:
            raise CredentialRefused
        if account.suspended_at:
            raise TenantSuspended
        if self.tenants.get(name) is None:
            self.tenants.put(name, account, REMEMBERED_SECONDS)
        return account
