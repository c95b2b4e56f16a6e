"""The application: `uvicorn api.main:create_app --factory`."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from api import errors
from api.config import Settings
from api.http import docs_page, openapi
from api.http.middleware import Admission, ApiKey, BodyLimit, RequestContext
from api.http.signals import shuts_down_gracefully
from api.routes import ROUTERS, TAGS, body_limit, limit_for
from api.wiring import State, build

WEB = Path(__file__).parent / "web"


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; resources are entered when the server starts it and left when it stops.

    Raises `pydantic.ValidationError` when a setting is wrong.
    """
    settings = settings or Settings()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("mystack").setLevel(settings.log_level)  # ours alone: libraries would log addresses and prompts

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        async with build(settings) as state:
            app.version = state["health"].layer.version  # what /openapi.json says
            with shuts_down_gracefully(state["stop"], settings):
                yield state

    app = FastAPI(
        title="MyStack",
        description=openapi.DESCRIPTION,
        openapi_tags=[{"name": name, "description": about} for name, about in TAGS.items()],
        openapi_url=None,  # openapi.py and docs_page.py serve ours
        generate_unique_id_function=openapi.operation_id,
        redirect_slashes=False,  # it would send the client, with the body, to whatever host the request names
        lifespan=lifespan,
    )
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    openapi.install(app, locked=settings.api_key is not None)
    docs_page.install(app)
    app.mount("/web", StaticFiles(directory=WEB), name="web")

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(WEB / "index.html")

    app.add_middleware(BodyLimit, limit=partial(body_limit, settings=settings))
    app.add_middleware(Admission, limit_for=limit_for)
    if settings.api_key:
        app.add_middleware(ApiKey, key=settings.api_key.get_secret_value())
    app.add_middleware(RequestContext)
    return app
