"""What code generators and importers need of /openapi.json; `make test-openapi` runs the tools themselves."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from api.config import Settings
from api.http.schemas_for_tools import defaults_in_words, whole_bounds
from api.main import create_app

DOCUMENT: dict[str, Any] = create_app(Settings(_env_file=None)).openapi()
BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
INT64 = range(-(2**63), 2**63)
PARAMETERS = [
    (path, parameter)
    for path, operations in DOCUMENT["paths"].items()
    for operation in operations.values()
    for parameter in operation.get("parameters", [])
]


def objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for item in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from objects(item)


def test_bounds_of_integers_are_integers_of_64_bits() -> None:
    for schema in objects(DOCUMENT):
        if schema.get("type") == "integer":
            for bound in BOUNDS & schema.keys():
                assert isinstance(schema[bound], int), schema
                assert schema[bound] in INT64


def test_a_bound_of_two_to_the_63_becomes_the_largest_integer_of_64_bits() -> None:
    document = {
        "schema": [{"type": "integer", "minimum": -(2.0**63), "maximum": 2.0**63}, {"type": "number", "maximum": 2.0}]
    }
    whole_bounds(document)
    assert json.dumps(document["schema"][0]) == json.dumps(
        {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
    )
    assert json.dumps(document["schema"][1]) == json.dumps({"type": "number", "maximum": 2.0})


def test_optional_fields_say_their_default_in_words_only() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert "default" not in described or field in schema["required"], f"{name}.{field}"
    history = DOCUMENT["components"]["schemas"]["ChatRequest"]["properties"]["history"]
    assert history["description"].endswith("Default: `[]`.")


def test_a_default_of_a_field_that_is_always_there_stays() -> None:
    schemas: dict[str, Any] = {
        "A": {"required": ["a"], "properties": {"a": {"default": 1}, "b": {"default": "é", "description": "About b."}}}
    }
    defaults_in_words(schemas)
    assert schemas["A"]["properties"] == {"a": {"default": 1}, "b": {"description": 'About b. Default: `"é"`.'}}


def test_every_parameter_has_an_example_or_a_default() -> None:
    for path, parameter in PARAMETERS:
        if parameter["in"] == "header":
            continue  # a tool that fills in examples would send it with every request
        assert parameter["schema"].keys() & {"examples", "default"}, path
        assert "anyOf" not in parameter["schema"], "a query or a path has no null"


@pytest.mark.parametrize("kind", ["default", "examples"])
async def test_lists_accept_the_defaults_and_examples_of_their_parameters(
    url: str, http: httpx2.AsyncClient, kind: str
) -> None:
    keyed = {path for path, operations in DOCUMENT["paths"].items() if "security" in operations.get("get", {})}
    queries = [(path, each) for path, each in PARAMETERS if each["in"] == "query" and "{" not in path]
    queries = [(path, each) for path, each in queries if path not in keyed]  # they need a key of their own
    for path in {path for path, _ in queries if "get" in DOCUMENT["paths"][path]}:
        given = {each["name"]: each["schema"][kind] for at, each in queries if at == path and kind in each["schema"]}
        query = {name: value[0] if kind == "examples" else value for name, value in given.items()}
        assert (await http.get(url + path, params=query)).status_code == 200, path


def test_a_stream_of_events_is_a_text() -> None:
    stream = DOCUMENT["paths"]["/chat/stream"]["post"]["responses"]["200"]["content"]["text/event-stream"]
    assert stream["schema"] == {"type": "string"}
    assert stream["x-event-schema"]["anyOf"]
