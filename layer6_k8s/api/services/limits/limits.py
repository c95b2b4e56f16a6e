"""The limits of a tenant, and what it uses of them."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True)
class Limits:
    """What the operator allows a tenant; None: without a limit.

    `requests` a minute, tokens a day, documents and bytes that are stored.
    """

    requests: int | None = None
    tokens: int | None = None
    documents: int | None = None
    bytes: int | None = None


UNLIMITED = Limits()


@dataclass(frozen=True)
class Used:
    """Tokens of today (UTC), those that running answers have reserved, and what is stored."""

    day: date
    tokens: int = 0
    reserved: int = 0
    documents: int = 0
    bytes: int = 0


class LimitStore(Protocol):
    """About the tenant that acts. Both methods raise `StoreUnavailable`."""

    async def limits(self) -> Limits: ...

    async def used(self) -> Used: ...
