"""Budgets of tokens: the port `Budgets`.

A row of `usage` counts the tokens of a tenant's day, those that are reserved among them. Each reservation also has a
row of its own with a lease, which the process that made it renews. When the process has died, the lease ends, and
another process gives the tokens back.

Whoever deletes the row of a reservation subtracts its tokens from `usage`, in the same statement. So it happens once:
an answer that ends after its reservation was given back only adds what it spent.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from api.adapters.postgres.database import Database
from api.services.documents.store import StoreUnavailable
from api.services.limits.spending import Budget, Reservation
from api.services.tenants.callers import EVERYONE, acting_as

LEASE = timedelta(seconds=60)
"""After the last renewal. It is longer than any pause of a living process, and short beside a day."""
RENEWALS = 4
"""In the time of a lease, so that one may fail."""

TODAY = "(now() AT TIME ZONE 'UTC')::date"
RESERVE = f"""
    WITH today AS (
        INSERT INTO public.usage AS today (tenant_no, day, reserved)
        SELECT no, {TODAY}, %(tokens)s FROM public.tenants
        WHERE no = this_tenant() AND (tokens_quota IS NULL OR %(tokens)s <= tokens_quota)
        ON CONFLICT (tenant_no, day) DO UPDATE SET reserved = today.reserved + excluded.reserved
        WHERE today.tenant_no = this_tenant() AND today.prompt + today.completion + today.reserved + excluded.reserved
            <= coalesce((SELECT tokens_quota FROM public.tenants WHERE no = today.tenant_no), 9223372036854775807)
        RETURNING tenant_no, day, prompt + completion + reserved AS spent
    ), made AS (
        INSERT INTO public.reservations (tenant_no, id, day, tokens, until)
        SELECT tenant_no, %(id)s, day, %(tokens)s, now() + %(lease)s FROM today
    )
    SELECT day, (SELECT tokens_quota FROM public.tenants WHERE no = tenant_no), spent FROM today
"""  # noqa: S608
SPENT = f"""
    SELECT {TODAY}, tokens_quota, coalesce(prompt + completion + reserved, 0)
    FROM public.tenants LEFT JOIN public.usage ON tenant_no = no AND day = {TODAY} WHERE no = this_tenant()
"""  # noqa: S608
SETTLE = """
    WITH ended AS (
        DELETE FROM public.reservations WHERE tenant_no = this_tenant() AND id = %(id)s RETURNING tokens
    )
    UPDATE public.usage SET prompt = prompt + %(prompt)s, completion = completion + %(completion)s,
        reserved = greatest(reserved - coalesce((SELECT tokens FROM ended), 0), 0)
    WHERE tenant_no = this_tenant() AND day = %(day)s
    RETURNING day
"""
RENEW = """
    UPDATE public.reservations SET until = now() + %(lease)s WHERE id = ANY(%(ids)s) RETURNING id
"""
GIVE_BACK = """
    WITH alone (is_alone) AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7130601)),
    expired AS (
        DELETE FROM public.reservations WHERE (tenant_no, id) IN (
            SELECT tenant_no, id FROM public.reservations
            WHERE until < now() AND (SELECT is_alone FROM alone) FOR UPDATE SKIP LOCKED
        ) RETURNING tenant_no, day, tokens
    )
    UPDATE public.usage SET reserved = greatest(reserved - given.tokens, 0)
    FROM (SELECT tenant_no, day, sum(tokens)::bigint FROM expired GROUP BY tenant_no, day) AS given (no, day, tokens)
    WHERE usage.tenant_no = given.no AND usage.day = given.day
    RETURNING usage.tenant_no, given.tokens
"""
"""Of all tenants, by one process at a time: two could each wait for the other's rows. One that is being settled or
renewed is left to whoever does that."""


class Reservations:
    """`lease`: how long a reservation lasts that is not renewed. `keep` renews those that this process has made."""

    def __init__(self, database: Database, lease: timedelta = LEASE) -> None:
        self.database = database
        self.lease = lease
        self._held: set[UUID] = set()

    async def reserve(self, tokens: int) -> Budget:
        """See `Budgets`. One statement looks and reserves, so that of many at once none passes the quota."""
        id = uuid4()
        values = {"id": id, "tokens": tokens, "lease": self.lease}
        if rows := await self.database.rows(RESERVE.encode(), values):
            day, quota, spent = rows[0]
            self._held.add(id)
            return Budget(day, quota, _left(quota, spent), Reservation(id, day, tokens))
        if rows := await self.database.rows(SPENT.encode()):
            day, quota, spent = rows[0]
            return Budget(day, quota, _left(quota, spent))
        return Budget(datetime.now(UTC).date(), 0, 0)

    async def settle(self, reservation: Reservation, prompt: int, completion: int) -> None:
        """See `Budgets`. What cannot be settled is renewed as long as this process lives: it may have been spent."""
        values = {"id": reservation.id, "day": reservation.day, "prompt": prompt, "completion": completion}
        await self.database.rows(SETTLE.encode(), values)
        self._held.discard(reservation.id)

    async def keep(self) -> None:
        """Renew what this process has reserved, and give back what others have left, until it is cancelled."""
        with acting_as(EVERYONE):
            while True:
                await asyncio.sleep(self.lease.total_seconds() / RENEWALS)
                try:
                    await self.renew()
                    await self.give_back()
                except StoreUnavailable:
                    continue  # a lease that ends meanwhile is given back, and its answer is counted when it ends

    async def renew(self) -> None:
        """Of all tenants, so it needs `EVERYONE`."""
        if self._held:
            await self.database.rows(RENEW.encode(), {"ids": list(self._held), "lease": self.lease})

    async def give_back(self) -> int:
        """The tokens of reservations whose lease has ended; of all tenants, so it needs `EVERYONE`."""
        return sum(tokens for _, tokens in await self.database.rows(GIVE_BACK.encode()))


def _left(quota: int | None, spent: int) -> int:
    return quota - spent if quota is not None else 0
