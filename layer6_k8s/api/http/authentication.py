"""Access control: by the Host header without an API key, by the authenticator with one."""

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import HostNotAllowed, MyStackError
from api.http.headers import header
from api.http.paths import route_path
from api.http.problems import respond_to
from api.services.serving.authentication import ANONYMOUS, Authenticator
from api.services.serving.context import current_caller

OPEN = re.compile(r"/(health|docs|web)(/.*)?", re.DOTALL)
OPEN_PATHS = {"/", "/favicon.ico", "/openapi.json"}
"""Pages, which ask for the key themselves, and what describes the service; together with `OPEN` these need no key."""
PROBES = re.compile(r"/health(/.*)?", re.DOTALL)
ADDRESSED_PATHS: set[str] = set()
"""Served under any IP address, by which machines ask: the web site of an attack has a name."""


class Authentication:
    """Identifies the caller, except on open paths; sets it in the request's state and in `current_caller`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        authenticator: Authenticator = scope["state"]["authenticator"]
        try:
            path = route_path(scope)
            is_open = path in OPEN_PATHS or OPEN.fullmatch(path)
            caller = ANONYMOUS if is_open else await authenticator.caller(Headers(scope=scope))
        except MyStackError as error:
            await respond_to(Request(scope), error)(scope, receive, send)
            return
        scope["state"]["caller"] = caller
        token = current_caller.set(caller)
        try:
            await self.app(scope, receive, send)
        finally:
            current_caller.reset(token)


class HostCheck:
    """Refuses requests for host names that are neither loopback nor allowed.

    Without it, a web site could point its own name to 127.0.0.1 (DNS rebinding) and read a service that needs no key
    through the visitor's browser. Health probes are exempt: they name an IP address.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self.app = app
        self.allowed = {name.lower() for name in allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_allowed(scope):
            await respond_to(Request(scope), HostNotAllowed())(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        if PROBES.fullmatch(route_path(scope)):
            return True
        host = host_name(header(scope, b"host").decode("latin-1"))
        if route_path(scope) in ADDRESSED_PATHS and is_address(host):
            return True
        return is_loopback(host) or host in self.allowed or "*" in self.allowed


def host_name(value: str) -> str:
    """The name in a Host header, without port, brackets and trailing dot; "" for an invalid header."""
    try:
        return (urlsplit(f"//{value}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
