"""The path of a request below the service's prefix (`uvicorn --root-path /x`), and the routes that have it."""

from collections.abc import Iterator

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.responses import RedirectResponse
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send


def route_path(scope: Scope) -> str:
    """The path that the routes see: without the prefix, which ASGI puts in front of `path`."""
    path, prefix = scope["path"], _prefix(scope)
    return str(path.removeprefix(prefix) if _is_below(path, prefix) else path)


def matching_routes(scope: Scope) -> Iterator[tuple[RouteContext, Match]]:
    """The routes with this path; the match is partial if they have other methods."""
    outside = dict(scope) | {"root_path": _prefix(scope)}  # a mount has put its own path into `root_path`
    for route in iter_route_contexts(scope["app"].routes):
        match, _ = route.matches(outside)
        if match is not Match.NONE:
            yield route, match


class RootPath:
    """Accepts requests with and without the service's prefix, so that it works behind proxies that strip it or not.

    Uvicorn adds the prefix to every path that it receives, so a path that no proxy has stripped carries it twice.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("root_path"):
            _strip_doubled_prefix(scope)
            if not route_path(scope):
                # At /x the page's relative links would miss the prefix.
                await RedirectResponse(scope["root_path"] + "/", 308)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _strip_doubled_prefix(scope: Scope) -> None:
    root = scope["root_path"]
    received, prefix = scope["path"].removeprefix(root), root.rstrip("/")
    scope.update(root_path=prefix, path=prefix + received)
    # Below the prefix /chat, a received /chat may also be the route of that name behind a proxy that strips: it wins.
    if _is_below(received, prefix) and not any(match is Match.FULL for _, match in matching_routes(scope)):
        scope.update(path=received, raw_path=scope["raw_path"].removeprefix(root.encode()))


def _prefix(scope: Scope) -> str:
    return str(scope.get("app_root_path", scope.get("root_path", "")))


def _is_below(path: str, prefix: str) -> bool:
    return bool(prefix) and (path == prefix or path.startswith(f"{prefix}/"))
