"""The application: `uvicorn api.main:app`, or `uvicorn api.main:create_app --factory`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from api.capabilities.logs import log_as_set
from api.config import Settings
from api.http import docs_page, openapi, problems
from api.http.admission import Admission, BodyLimit
from api.http.authentication import Authentication, HostCheck
from api.http.limits import TenantLimits
from api.http.middleware import RequestContext
from api.http.noted import NotedIds
from api.http.paths import RootPath
from api.http.permissions import PermissionCheck
from api.http.signals import shuts_down_gracefully
from api.http.telemetry import TELEMETRY
from api.routes import ROUTERS, TAGS, body_limit, limit_for
from api.services.serving.logs import configure_logging
from api.wiring import State, build

WEB = Path(__file__).parent / "web"


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the application; its resources are entered when the server starts it and left when it stops.

    Raises `pydantic.ValidationError` when a setting is invalid.
    """
    settings = settings or Settings()
    configure_logging(settings.log_level)
    log_as_set(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        async with build(settings) as state:
            app.version = state["health"].layer.version  # what /openapi.json says
            with shuts_down_gracefully(state["shutdown"], settings):
                yield state

    app = FastAPI(
        title="MyStack",
        description=openapi.DESCRIPTION,
        openapi_tags=[{"name": name, "description": about} for name, about in TAGS.items()],
        openapi_url=None,  # openapi.py and docs_page.py serve ours
        generate_unique_id_function=openapi.operation_id,
        redirect_slashes=False,  # a redirect would send the client, with its body, to the host that the request names
        lifespan=lifespan,
        telemetry=TELEMETRY,
    )
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    openapi.install(app, locked=settings.locked)
    docs_page.install(app)
    app.mount("/web", StaticFiles(directory=WEB), name="web")

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(WEB / "index.html")

    # The last one added is the outermost.
    app.add_middleware(BodyLimit, limit=partial(body_limit, settings=settings))
    app.add_middleware(Admission, limit_for=limit_for)
    app.add_middleware(TenantLimits)
    app.add_middleware(PermissionCheck)
    app.add_middleware(Authentication)
    if not settings.locked:
        app.add_middleware(HostCheck, allowed=settings.allowed_hosts)
    app.add_middleware(RootPath)
    app.add_middleware(RequestContext)
    app.add_middleware(NotedIds)
    return app


def __getattr__(name: str) -> FastAPI:
    """`app`, created when a server asks for it, so that importing this module reads no setting and opens nothing."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    app = globals()["app"] = create_app()
    return app


def __dir__() -> list[str]:
    """`fastapi run` looks for `app` in this list."""
    return [*globals(), "app"]
