"""The OpenAPI document: FastAPI's, plus errors, headers, the API key, named examples and the address."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.http.schemas_for_tools import defaults_in_words, whole_bounds
from api.schemas.problem import Problem

REFERENCE = "#/components/schemas/{model}"
API_KEY = {"type": "http", "scheme": "bearer", "description": "Only needed if the service was started with API_KEY."}
HEADERS = {
    "X-Request-ID": ("The id that the request brought, or a new one; the log contains it.", {"type": "string"}),
    "WWW-Authenticate": ("The required scheme.", {"const": "Bearer"}),
}
DESCRIPTION = """\
Errors are `application/problem+json` (RFC 9457) with a stable `code`; below `/v1` they have OpenAI's shape. Every
response carries `X-Request-ID`, which the log contains, too. Postman and other clients import `/openapi.json`.
"""


def operation_id(route: APIRoute) -> str:
    """The name of the function, such as `chat` or `list_models`; generated clients name their methods after it."""
    return route.name


def install(app: FastAPI, *, locked: bool) -> None:
    """Build the document once, and serve it at /openapi.json with the address of the request.

    `locked`: the service requires an API key.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(FastAPI.openapi(app), locked)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi_json(request: Request) -> JSONResponse:
        # A client that imports the document from a file learns the service's address only from it.
        server = {"url": str(request.base_url).rstrip("/")}
        return JSONResponse(app.openapi() | {"servers": [server]})


def _complete(document: dict[str, Any], locked: bool) -> dict[str, Any]:
    components = document["components"]
    _, problem = models_json_schema([(Problem, "serialization")], ref_template=REFERENCE)
    components["schemas"] |= problem["$defs"]
    _complete_examples(components["schemas"])
    defaults_in_words(components["schemas"])
    whole_bounds(document)
    components["securitySchemes"] = {"api_key": API_KEY} | components.get("securitySchemes", {})
    components["headers"] = {
        name: {"description": description, "required": True, "schema": schema}
        for name, (description, schema) in HEADERS.items()
    }
    document["security"] = [
        {"api_key": []},
        *([] if locked else [{}]),
    ]  # in the other order importers drop the key
    for operations in document["paths"].values():
        for operation in operations.values():
            _drop_default_validation_error(operation["responses"])
            for status, response in operation["responses"].items():
                response["headers"] = response.get("headers", {}) | _headers(status)
            for media in operation.get("requestBody", {}).get("content", {}).values():
                _name_examples(media, components["schemas"])
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    return document


def _headers(status: str) -> dict[str, Any]:
    """References to the headers of every response with this status."""
    names = ["X-Request-ID", *(["WWW-Authenticate"] if status == "401" else [])]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _drop_default_validation_error(responses: dict[str, Any]) -> None:
    """FastAPI adds its own 422 where none is declared; ours has another shape, or another status."""
    schema = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if schema.get("$ref", "").endswith("/HTTPValidationError"):
        del responses["422"]


def _complete_examples(schemas: dict[str, Any]) -> None:
    """Restore the nulls, which FastAPI removes from examples although responses have them."""
    for model in _shapes(BaseModel):
        extra = model.model_config.get("json_schema_extra")
        if model.__name__ in schemas and isinstance(extra, dict):
            schemas[model.__name__] |= extra


def _shapes(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Our models of requests and responses."""
    for model in base.__subclasses__():
        if model.__module__.startswith("api.schemas."):
            yield model
        yield from _shapes(model)


def _name_examples(media: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Offer every example of a body, named by its fields: Swagger UI shows only the first example of a schema."""
    schema = schemas.get(media["schema"].get("$ref", "").rpartition("/")[2], {})
    examples = schema.get("examples", [])
    if examples:
        media["examples"] = {", ".join(example): {"value": example} for example in examples}
