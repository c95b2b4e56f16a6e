"""Two changes to the JSON schemas of the OpenAPI document, without which code generators read them wrongly."""

import json
from collections.abc import Iterator
from typing import Any

INT64_MAX = 2**63 - 1


def whole_bounds(document: Any) -> None:
    """Make the bounds of integers integers again: FastAPI holds them as floats, and 2^63 - 1 became 2^63 there."""
    for schema in _objects(document):
        if schema.get("type") == "integer":
            for bound in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
                if isinstance(schema.get(bound), float):
                    schema[bound] = min(int(schema[bound]), INT64_MAX)


def defaults_in_words(schemas: dict[str, Any]) -> None:
    """Move the default of each optional field into its description.

    Generators for TypeScript take a field with a default for one that is always there, also in a request.
    """
    for schema in schemas.values():
        for name, field in schema.get("properties", {}).items():
            if "default" in field and name not in schema.get("required", []):
                default = json.dumps(field.pop("default"), ensure_ascii=False)
                field["description"] = f"{field.get('description', '')} Default: `{default}`.".strip()


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for item in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _objects(item)
