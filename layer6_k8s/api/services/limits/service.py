"""What a tenant may use, and what it has used of it."""

from dataclasses import dataclass

from api.services.limits.limits import Limits, LimitStore, Used
from api.services.limits.requests import Rates


@dataclass(frozen=True)
class LimitReport:
    limits: Limits
    rates: Rates
    used: Used


class LimitService:
    def __init__(self, store: LimitStore, rates: Rates) -> None:
        self.store = store
        self.rates = rates

    async def report(self) -> LimitReport:
        """About the tenant that acts. Raises `StoreUnavailable`."""
        return LimitReport(await self.store.limits(), self.rates, await self.store.used())
