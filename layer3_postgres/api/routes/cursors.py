"""Opaque cursors: where the next page of a list begins."""

import base64
import binascii
import json
from collections.abc import Sequence

from api.errors import MyStackError


class InvalidCursor(MyStackError):
    """This cursor is none of ours. Take it unchanged from `next_cursor` of the last answer."""

    status = 400
    code = "invalid_cursor"


def encode(position: Sequence[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(position)).encode()).decode().rstrip("=")


def decode(cursor: str) -> list[str | int]:
    """Raises `InvalidCursor`."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise InvalidCursor from error
    if not isinstance(position, list) or not all(isinstance(part, str | int) for part in position):
        raise InvalidCursor
    return position
