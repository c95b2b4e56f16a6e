"""The request headers that routes heed, in the OpenAPI document: FastAPI knows only those of a function's arguments."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

Json = dict[str, Any]


def request_header(name: str, description: str, schema: Json) -> Json:
    """An optional header, as a parameter in OpenAPI."""
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string", "title": name, **schema},
    }


def describe_header(router: APIRouter, header: Json, responses: Mapping[int | str, Json]) -> None:
    """Describe a header at each POST of a router that is not included anywhere yet.

    `responses`: those that the header may lead to.
    """
    for route in router.routes:
        if isinstance(route, APIRoute):
            describe_at(route, header, responses)


def describe_at(route: APIRoute, header: Json, responses: Mapping[int | str, Json]) -> None:
    """The same at one route, if it is a POST."""
    if "POST" in (route.methods or ()):
        extra = route.openapi_extra or {}
        route.openapi_extra = extra | {"parameters": [*extra.get("parameters", []), header]}
        route.responses = {**responses, **route.responses}
