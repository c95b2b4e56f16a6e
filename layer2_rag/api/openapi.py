"""The OpenAPI document: what FastAPI writes, with our errors and the API key in it."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.schemas.problem import Problem

REFERENCE = "#/components/schemas/{model}"
API_KEY = {"type": "http", "scheme": "bearer", "description": "Only needed where the service was started with API_KEY."}


def install(app: FastAPI) -> None:
    """Have /openapi.json written once, by us."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(FastAPI.openapi(app))
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    components = document["components"]
    _, problem = models_json_schema([(Problem, "serialization")], ref_template=REFERENCE)
    components["schemas"] |= problem["$defs"]
    components["securitySchemes"] = {"api_key": API_KEY}
    document["security"] = [{}, {"api_key": []}]
    for operations in document["paths"].values():
        for operation in operations.values():
            _drop_default_validation_error(operation["responses"])
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    return document


def _drop_default_validation_error(responses: dict[str, Any]) -> None:
    """FastAPI adds its own 422 where none is named; ours are answered in another shape, or with another status."""
    schema = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if schema.get("$ref", "").endswith("/HTTPValidationError"):
        del responses["422"]
