"""Authentication: the port that identifies the caller, and its first adapter, one shared key."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from api.errors import Unauthorized


@dataclass(frozen=True)
class Caller:
    """Who sent a request. `name` appears in logs, so it is never a secret."""

    name: str


ANONYMOUS = Caller("anonymous")


class Authenticator(Protocol):
    async def caller(self, headers: Mapping[str, str]) -> Caller:
        """The caller, from the request's headers (names in any case). Raises `Unauthorized`."""
        ...


class NoAuthentication:
    """Every caller is anonymous."""

    async def caller(self, headers: Mapping[str, str]) -> Caller:
        return ANONYMOUS


class SharedKey:
    """One key for all callers, as `Authorization: Bearer <key>`."""

    def __init__(self, key: str) -> None:
        self.key = key.encode()

    async def caller(self, headers: Mapping[str, str]) -> Caller:
        # ASGI decodes headers as Latin-1; the key may be any UTF-8.
        scheme, _, given = headers.get("authorization", "").encode("latin-1").partition(b" ")
        if scheme.lower() == b"bearer" and secrets.compare_digest(given.strip(), self.key):
            return Caller("shared key")
        raise Unauthorized
