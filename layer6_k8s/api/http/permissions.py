"""Whether the caller may do what the request asks for."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import MyStackError
from api.http.paths import route_path
from api.http.problems import respond_to
from api.services.tenants.permissions import Permissions


class PermissionCheck:
    """Stands behind `Authentication`, and before anything is done for the request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            permissions: Permissions = scope["state"]["permissions"]
            try:
                permissions.check(scope["state"]["caller"], scope["method"], route_path(scope))
            except MyStackError as error:
                await respond_to(Request(scope), error)(scope, receive, send)
                return
        await self.app(scope, receive, send)
