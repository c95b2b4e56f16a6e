"""Each request notes the ids that turn out while it runs."""

from starlette.types import ASGIApp, Receive, Scope, Send

from api.services.serving.noted import noting


class NotedIds:
    """Around everything that logs, the access log included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with noting():
            await self.app(scope, receive, send)
