"""Without credentials of its own, a caller acts for the tenant `default`."""

from collections.abc import Mapping

from api.services.serving.authentication import Authenticator, Caller
from api.services.tenants.callers import default_caller


class ForDefaultTenant:
    """The port `Authenticator`, over one that knows no tenants."""

    def __init__(self, authenticator: Authenticator) -> None:
        self.authenticator = authenticator

    async def caller(self, headers: Mapping[str, str]) -> Caller:
        return default_caller((await self.authenticator.caller(headers)).name)
