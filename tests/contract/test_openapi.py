"""A client written for one layer works on the next: no operation, parameter or field is removed."""

import json
import subprocess
import sys
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from mystack.project import Layer, all_layers

PRINT_DOCUMENT = "import json; from api.main import create_app; print(json.dumps(create_app().openapi()))"
METHODS = {"get", "post", "put", "patch", "delete"}


@cache
def document(folder: str) -> dict[str, Any]:
    """The layer's OpenAPI document, from a separate process: every layer's package is called `api`."""
    result = subprocess.run(
        [sys.executable, "-c", PRINT_DOCUMENT], cwd=folder, capture_output=True, text=True, check=True
    )
    return dict(json.loads(result.stdout))


STEPS = [pytest.param(*pair, id=f"{pair[0].number} to {pair[1].number}") for pair in pairwise(all_layers())]


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_every_operation_keeps_its_parameters_fields_and_responses(before: Layer, after: Layer) -> None:
    old, new = document(str(before.folder)), document(str(after.folder))
    removed = [removal for path in old["paths"] for removal in removals(old, new, path)]
    assert removed == []


def removals(old: dict[str, Any], new: dict[str, Any], path: str) -> list[str]:
    """What the operations of a path no longer have, or newly require."""
    removed = []
    for method in METHODS & old["paths"][path].keys():
        before, after = old["paths"][path][method], new["paths"].get(path, {}).get(method)
        if after is None:
            removed.append(f"{method} {path}")
            continue
        missing = elements(old, before) - elements(new, after)
        added = required(new, after) - required(old, before)
        removed += [f"{method} {path}: {element}" for element in sorted(missing)]
        removed += [f"{method} {path}: {element} is now required" for element in sorted(added)]
    return removed


def elements(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """Parameters, body fields, statuses, and the fields and types of the responses."""
    found = {f"parameter {parameter['in']} {parameter['name']}" for parameter in operation.get("parameters", [])}
    for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
        found |= {f"body {media_type}{field}" for field in fields(document, media.get("schema", {}))}
    for status, response in operation["responses"].items():
        found.add(f"status {status}")
        for media_type, media in response.get("content", {}).items():
            found |= {f"response {status} {media_type}{field}" for field in fields(document, media.get("schema", {}))}
    return found


def required(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """The required parameters and body fields."""
    found = {
        f"parameter {parameter['name']}" for parameter in operation.get("parameters", []) if parameter.get("required")
    }
    for media in operation.get("requestBody", {}).get("content", {}).values():
        found |= {f"body field {name}" for name in resolved(document, media.get("schema", {})).get("required", [])}
    return found


def fields(document: dict[str, Any], schema: dict[str, Any], path: str = "", depth: int = 0) -> set[str]:
    """The fields of a schema with their types: `.usage.total_tokens integer`."""
    schema = resolved(document, schema)
    if depth > 8:
        return set()
    found = {f"{path} {schema['type']}"} if "type" in schema else set()
    for option in [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
        found |= fields(document, option, path, depth + 1)
    for name, part in schema.get("properties", {}).items():
        found |= fields(document, part, f"{path}.{name}", depth + 1)
    if isinstance(schema.get("items"), dict):
        found |= fields(document, schema["items"], f"{path}[]", depth + 1)
    return found


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return dict(document["components"]["schemas"][name]) if name else schema


def test_removed_and_newly_required_elements_are_found() -> None:
    [first, *_] = all_layers()
    old = document(str(first.folder))
    new = json.loads(json.dumps(old))
    new["paths"]["/chat"]["post"]["responses"].pop("404")
    del new["components"]["schemas"]["ChatResponse"]["properties"]["usage"]
    new["components"]["schemas"]["ChatRequest"]["required"] = ["message", "model"]
    del new["paths"]["/models"]
    removed = [removal for path in old["paths"] for removal in removals(old, new, path)]
    for expected in ("get /models", "status 404", ".usage.total_tokens integer", "body field model is now required"):
        assert any(expected in removal for removal in removed), expected
