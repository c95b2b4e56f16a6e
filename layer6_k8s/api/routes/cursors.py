"""Pages of a list: their limit, and the opaque cursors that mark where the next page begins."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query

from api.errors import MyStackError
from api.services.documents.store import Position

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[
    str,
    Query(max_length=500, description="`next_cursor` of the previous page; empty for the first one.", examples=[""]),
]

EPOCH = datetime.fromtimestamp(0, UTC)


class InvalidCursor(MyStackError):
    """Invalid cursor. Pass `next_cursor` of the previous page unchanged."""

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


def encode_position(time: datetime, id: UUID) -> str:
    """The cursor of a `Position`; its time is in whole milliseconds."""
    return encode([round(time.timestamp() * 1000), str(id)])


def decode_position(cursor: str) -> Position | None:
    """The `Position` of a cursor; None if it is empty. Raises `InvalidCursor`."""
    if not cursor:
        return None
    match decode(cursor):
        case [int(milliseconds), str(id)]:
            try:
                return Position(EPOCH + timedelta(milliseconds=milliseconds), UUID(id))
            except (ValueError, OverflowError) as error:
                raise InvalidCursor from error
    raise InvalidCursor
