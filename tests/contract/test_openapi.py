"""A client written for one layer works on the next: nothing it may send or read has gone."""

import json
import subprocess
import sys
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from mystack.project import Layer, all_layers

PRINT = "import json; from api.main import create_app; print(json.dumps(create_app().openapi()))"
METHODS = {"get", "post", "put", "patch", "delete"}


@cache
def document(folder: str) -> dict[str, Any]:
    """The layer's OpenAPI document. In a process of its own: every layer's package is called `api`."""
    result = subprocess.run([sys.executable, "-c", PRINT], cwd=folder, capture_output=True, text=True, check=True)
    return dict(json.loads(result.stdout))


STEPS = [pytest.param(*pair, id=f"{pair[0].number} to {pair[1].number}") for pair in pairwise(all_layers())]


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_every_operation_is_still_there_with_its_parameters_fields_and_answers(before: Layer, after: Layer) -> None:
    old, new = document(str(before.folder)), document(str(after.folder))
    lost = [problem for path in old["paths"] for problem in lost_of(old, new, path)]
    assert lost == []


def lost_of(old: dict[str, Any], new: dict[str, Any], path: str) -> list[str]:
    """What the operations of a path have lost, each in a few words."""
    lost = []
    for method in METHODS & old["paths"][path].keys():
        was, now = old["paths"][path][method], new["paths"].get(path, {}).get(method)
        if now is None:
            lost.append(f"{method} {path}")
            continue
        before, after = described(old, was), described(new, now)
        lost += [f"{method} {path}: {thing}" for thing in sorted(before - after)]
        lost += [
            f"{method} {path}: {thing} is asked for now" for thing in sorted(required(new, now) - required(old, was))
        ]
    return lost


def described(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """Parameters, body fields, statuses, and the fields and types of the answers."""
    things = {f"parameter {one['in']} {one['name']}" for one in operation.get("parameters", [])}
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        things |= {f"body {kind}{field}" for field in fields(document, media.get("schema", {}))}
    for status, response in operation["responses"].items():
        things.add(f"status {status}")
        for kind, media in response.get("content", {}).items():
            things |= {f"answer {status} {kind}{field}" for field in fields(document, media.get("schema", {}))}
    return things


def required(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """What a request must have."""
    things = {f"parameter {one['name']}" for one in operation.get("parameters", []) if one.get("required")}
    for media in operation.get("requestBody", {}).get("content", {}).values():
        things |= {f"body field {name}" for name in resolved(document, media.get("schema", {})).get("required", [])}
    return things


def fields(document: dict[str, Any], schema: dict[str, Any], place: str = "", depth: int = 0) -> set[str]:
    """The places in a schema where something may stand, with its type: `.usage.total_tokens integer`."""
    schema = resolved(document, schema)
    if depth > 8:
        return set()
    found = {f"{place} {schema['type']}"} if "type" in schema else set()
    for option in [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
        found |= fields(document, option, place, depth + 1)
    for name, part in schema.get("properties", {}).items():
        found |= fields(document, part, f"{place}.{name}", depth + 1)
    if isinstance(schema.get("items"), dict):
        found |= fields(document, schema["items"], f"{place}[]", depth + 1)
    return found


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return dict(document["components"]["schemas"][name]) if name else schema


def test_a_loss_would_be_noticed() -> None:
    [first, *_] = all_layers()
    old = document(str(first.folder))
    new = json.loads(json.dumps(old))
    new["paths"]["/chat"]["post"]["responses"].pop("404")
    del new["components"]["schemas"]["ChatResponse"]["properties"]["usage"]
    new["components"]["schemas"]["ChatRequest"]["required"] = ["message", "model"]
    del new["paths"]["/models"]
    lost = [problem for path in old["paths"] for problem in lost_of(old, new, path)]
    for expected in ("get /models", "status 404", ".usage.total_tokens integer", "body field model is asked for now"):
        assert any(expected in problem for problem in lost), expected
