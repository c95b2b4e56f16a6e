"""The OpenAPI document: what FastAPI writes, with our errors, our headers and the API key in it."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.schemas.problem import Problem

REFERENCE = "#/components/schemas/{model}"
API_KEY = {"type": "http", "scheme": "bearer", "description": "Only needed where the service was started with API_KEY."}
HEADERS = {
    "X-Request-ID": ("The request's own id, or a new one: what the log names it by.", {"type": "string"}),
    "WWW-Authenticate": ("What to send.", {"const": "Bearer"}),
    "Retry-After": ("Seconds after which it is worth to ask again.", {"type": "integer", "minimum": 1}),
}


def install(app: FastAPI, *, locked: bool) -> None:
    """Have /openapi.json written once, by us; `locked`: an API key is asked for."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(FastAPI.openapi(app), locked)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way


def _complete(document: dict[str, Any], locked: bool) -> dict[str, Any]:
    components = document["components"]
    _, problem = models_json_schema([(Problem, "serialization")], ref_template=REFERENCE)
    components["schemas"] |= problem["$defs"]
    components["securitySchemes"] = {"api_key": API_KEY}
    components["headers"] = {
        name: {"description": description, "required": name != "Retry-After", "schema": schema}
        for name, (description, schema) in HEADERS.items()
    }
    document["security"] = [*([] if locked else [{}]), {"api_key": []}]
    for operations in document["paths"].values():
        for operation in operations.values():
            _drop_default_validation_error(operation["responses"])
            for status, response in operation["responses"].items():
                response["headers"] = _headers(status)
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    return document


def _headers(status: str) -> dict[str, Any]:
    """References to those that an answer with this status has."""
    names = ["X-Request-ID", *{"401": ["WWW-Authenticate"], "503": ["Retry-After"]}.get(status, [])]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _drop_default_validation_error(responses: dict[str, Any]) -> None:
    """FastAPI adds its own 422 where none is named; ours are answered in another shape, or with another status."""
    schema = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if schema.get("$ref", "").endswith("/HTTPValidationError"):
        del responses["422"]
