"""JSON Web Tokens (RFC 7519) by PyJWT: the port `TokenVerifier`."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.types import Options

from api.adapters.jwks.key_set import ALGORITHMS, KeySet
from api.services.tenants.callers import SCOPES
from api.services.tenants.errors import CredentialRefused
from api.services.tenants.tokens import Claims

OPTIONS: Options = {"require": ["exp", "iss", "aud", "sub"], "enforce_minimum_key_length": True}
EXPIRED = "The token has expired. Sign in again."


@dataclass(frozen=True)
class Expected:
    """What a token must say, and which of its claims say for whom it is and what it allows."""

    issuer: str
    audience: str
    tenant_claim: str
    scope_claim: str
    leeway_seconds: float


class JwtVerifier:
    """The signature is checked with the algorithm of the key, never with one that only the token names."""

    def __init__(self, keys: KeySet, expected: Expected) -> None:
        self.keys = keys
        self.expected = expected

    async def verified(self, token: str) -> Claims:
        """See `TokenVerifier`."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise CredentialRefused from error
        algorithm, kid = header.get("alg"), header.get("kid", "")
        key = await self.keys.find(kid) if algorithm in ALGORITHMS and isinstance(kid, str) else None
        if key is None or key.algorithm_name != algorithm:
            raise CredentialRefused
        try:
            payload = jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm_name],
                issuer=self.expected.issuer,
                audience=self.expected.audience,
                leeway=self.expected.leeway_seconds,
                options=OPTIONS,
            )
        except jwt.ExpiredSignatureError as error:
            raise CredentialRefused(EXPIRED) from error
        except jwt.PyJWTError as error:
            raise CredentialRefused from error
        return self._claims(payload)

    def _claims(self, payload: Mapping[str, Any]) -> Claims:
        tenant = payload.get(self.expected.tenant_claim)
        if not isinstance(tenant, str) or not tenant or "\x00" in tenant:
            raise CredentialRefused(f"The token does not say for which tenant it is: `{self.expected.tenant_claim}`.")
        given = payload.get(self.expected.scope_claim, "")
        words = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
        left = float(payload["exp"]) + self.expected.leeway_seconds - time.time()
        return Claims(tenant, frozenset(scope for scope in SCOPES if scope in words), left)
