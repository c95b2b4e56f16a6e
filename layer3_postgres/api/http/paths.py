"""The path of a request below the service's prefix (`uvicorn --root-path /x`)."""

from starlette.types import ASGIApp, Receive, Scope, Send


def route_path(scope: Scope) -> str:
    """The path that the routes see: without the prefix, which ASGI puts in front of `path`."""
    prefix = _prefix(scope)
    path: str = scope["path"]
    return path.removeprefix(prefix) or "/" if _is_below(path, prefix) else path


class RootPath:
    """Accepts requests with and without the service's prefix, so that it works behind proxies that strip it or not.

    Uvicorn adds the prefix to every path that it receives; a path that had it already carries it twice.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (prefix := _prefix(scope)):
            path = scope["path"]
            doubled = _is_below(path, prefix) and _is_below(path.removeprefix(prefix), prefix)
            path = path.removeprefix(prefix) if doubled else path
            # Starlette routes no empty path.
            scope = {**scope, "path": f"{prefix}/" if path == prefix else path}
        await self.app(scope, receive, send)


def _prefix(scope: Scope) -> str:
    return str(scope.get("app_root_path", scope.get("root_path", ""))).rstrip("/")


def _is_below(path: str, prefix: str) -> bool:
    return bool(prefix) and (path == prefix or path.startswith(f"{prefix}/"))
