"""The template of a request's route, such as `/documents/{document_id}`."""

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Mount
from starlette.types import Scope

from api.http.paths import matching_routes

UNMATCHED = "unmatched"


class RouteTemplates:
    """Finds templates by the route that answered. `scope["route"].path` alone lacks the prefix of its router."""

    def __init__(self) -> None:
        self._by_route: dict[int, str] = {}

    def of(self, scope: Scope) -> str:
        """The template; "unmatched" if no route has this path, so that labels stay few whatever clients send."""
        if not self._by_route:
            contexts = iter_route_contexts(scope["app"].routes)
            self._by_route = {id(context.original_route): _template(context) for context in contexts}
        return self._by_route.get(id(scope.get("route"))) or _searched(scope)


def _searched(scope: Scope) -> str:
    """For a request that the middleware refused before it was routed, and for files of a mount."""
    return next((_template(route) for route, _ in matching_routes(scope)), UNMATCHED)


def _template(route: RouteContext) -> str:
    """As in the OpenAPI document: `{document_id}`, without the converter of the path `{document_id:uuid}`."""
    path = route.path if isinstance(route.original_route, Mount) else route.path_format
    return path or UNMATCHED
