"""Requests with an `Idempotency-Key`: the same key and the same body get the same answer, and the work is done once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from api.errors import MyStackError

KEPT_HOURS = 24
MOST_CHARS = 255
RUNNING_SECONDS = 30
"""A request that has not been answered for so long counts as lost: its client may try again. Only uploads wait longer,
and the same bytes are stored once in any case."""


class InvalidIdempotencyKey(MyStackError):
    """An `Idempotency-Key` has 1 to 255 printable ASCII characters."""

    status = 422
    code = "invalid_idempotency_key"


class IdempotencyKeyReused(MyStackError):
    """This `Idempotency-Key` was used for another request. Use a new key for each piece of work."""

    status = 422
    code = "idempotency_key_reused"


class RequestInProgress(MyStackError):
    """A request with this `Idempotency-Key` is still being answered. Try again in a moment."""

    status = 409
    code = "request_in_progress"


@dataclass(frozen=True)
class KeptAnswer:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AnswerLog(Protocol):
    """Answers by key. All methods raise `StoreUnavailable`."""

    async def begin(self, key: str, fingerprint: str) -> KeptAnswer | None:
        """The answer that the key has, or None: then the caller answers, and calls `keep` or `drop`.

        Raises `IdempotencyKeyReused` and `RequestInProgress`.
        """
        ...

    async def keep(self, key: str, answer: KeptAnswer) -> None: ...

    async def drop(self, key: str) -> None:
        """The request failed: the next one with this key is a new attempt."""
        ...


def checked(key: str) -> str:
    """The key. Raises `InvalidIdempotencyKey`."""
    if not (0 < len(key) <= MOST_CHARS and key.isascii() and key.isprintable()):
        raise InvalidIdempotencyKey
    return key
