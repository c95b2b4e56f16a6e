"""Requests within the limits of their tenant: refused before their body is read, and told what is left.

    RateLimit-Policy: "requests";q=60;w=60       60 a minute
    RateLimit: "requests";r=12;t=48              12 are left, and in 48 s there are 60 again

The fields are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import MyStackError
from api.http.headers import Header
from api.http.problems import respond_to
from api.services.limits.rates import Rate
from api.services.limits.requests import RequestLimits
from api.services.limits.spending import Spending, current_spending
from api.services.tenants.callers import TenantCaller


class TenantLimits:
    """Inside of `Authentication`: who is no tenant, such as a visitor of an open path or the operator, has no limit."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope["state"].get("caller") if scope["type"] == "http" else None
        if not isinstance(caller, TenantCaller):
            await self.app(scope, receive, send)
            return
        limits: RequestLimits = scope["state"]["request_limits"]
        try:
            spending = await limits.admit(caller)
        except MyStackError as error:
            await respond_to(Request(scope), error)(scope, receive, send)
            return
        if spending.refused:
            await respond_to(Request(scope), spending.refused)(scope, receive, _telling(spending, send))
            return
        token = current_spending.set(spending)
        try:
            await self.app(scope, receive, _telling(spending, send))
        finally:
            current_spending.reset(token)
            await spending.settle()


def _telling(spending: Spending, send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start" and spending.rates:
            message["headers"] = [*message["headers"], *fields(spending.rates)]
        await send(message)

    return told


def fields(rates: Sequence[Rate]) -> list[Header]:
    policies = ", ".join(f'"{rate.name}";q={rate.limit};w={rate.window}' for rate in rates)
    left = ", ".join(f'"{rate.name}";r={rate.left};t={rate.reset}' for rate in rates)
    return [(b"ratelimit-policy", policies.encode()), (b"ratelimit", left.encode())]
