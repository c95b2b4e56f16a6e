"""GET /docs: Swagger UI, served from its package because the page may load nothing from other hosts."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>MyStack API</title>
<link rel="icon" href="web/icon.svg">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script type="module" src="web/page/docs.js"></script>
</html>
"""


def install(app: FastAPI) -> None:
    """Add the page and its files. Its start script is a file: the Content-Security-Policy forbids inline scripts."""

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(PAGE)

    app.mount("/docs", StaticFiles(directory=str(files("fastapi_swagger") / "resources")), name="docs")
