"""The Origin header: which web pages may send a request from a visitor's browser."""

from collections.abc import Collection

from starlette.requests import Request

from api.errors import MyStackError
from api.http.authentication import host_name, is_loopback


class OriginNotAllowed(MyStackError):
    """This service does not answer requests from web pages of this origin. Add its host name to ALLOWED_HOSTS."""

    status = 403
    code = "origin_not_allowed"


class Origins:
    """Accepts requests without an origin, and those from this service's own pages, this machine and `allowed` hosts."""

    def __init__(self, allowed: Collection[str]) -> None:
        self.allowed = {name.lower() for name in allowed}

    def check(self, request: Request) -> None:
        """Raises `OriginNotAllowed`."""
        origin = request.headers.get("origin")
        if origin is None or "*" in self.allowed:
            return
        _, _, address = origin.partition("://")
        host = host_name(address)
        own = address.lower() == request.headers.get("host", "").lower()
        if not (own or is_loopback(host) or host in self.allowed):
            raise OriginNotAllowed
