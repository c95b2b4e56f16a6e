"""Errors of single fields: how a validator raises one, and the path of the field in the client's JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import PydanticCustomError


def invalid(reason: str, at: str = "") -> PydanticCustomError:
    """The error of a field; `at`: the path within it, such as `[2].type`."""
    return PydanticCustomError("invalid_field", "{reason}", {"reason": reason, "at": at})


def most_specific(body: object, errors: Sequence[Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    """The path and the error to report: the first, or the deepest below it, where members of a union failed apart."""
    paths = [json_path(body, error) for error in errors]
    below = [i for i, path in enumerate(paths) if path.startswith(paths[0])]
    deepest = max(below, key=lambda i: len(paths[i]))
    return paths[deepest], errors[deepest]


def json_path(body: object, error: Mapping[str, Any]) -> str:
    """The path of an error in the body, such as `messages[1].content`.

    Pydantic's location also names the members of unions that it has tried; they are no parts of the body.
    """
    path = ""
    for part in _body_parts(error["loc"]):
        if isinstance(part, int) and isinstance(body, list) and 0 <= part < len(body):
            path, body = f"{path}[{part}]", body[part]
        elif isinstance(body, dict) and (part in body or error["type"] == "missing"):
            path, body = f"{path}.{part}", body.get(part)
    within = str(error.get("ctx", {}).get("at", ""))
    return (path + within).removeprefix(".")


def _body_parts(location: Sequence[int | str]) -> Sequence[int | str]:
    return location[1:] if location[:1] == ("body",) else location
