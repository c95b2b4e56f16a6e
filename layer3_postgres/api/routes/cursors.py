"""Opaque cursors: where the next page of a list begins."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.errors import MyStackError

EPOCH = datetime.fromtimestamp(0, UTC)


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


def encode_place(time: datetime, id: UUID) -> str:
    """A place in a list that is ordered by time, in whole milliseconds, and by id."""
    return encode([round(time.timestamp() * 1000), str(id)])


def decode_place(cursor: str) -> tuple[datetime, UUID]:
    """Raises `InvalidCursor`."""
    match decode(cursor):
        case [int(milliseconds), str(id)]:
            try:
                return EPOCH + timedelta(milliseconds=milliseconds), UUID(id)
            except (ValueError, OverflowError) as error:
                raise InvalidCursor from error
    raise InvalidCursor
