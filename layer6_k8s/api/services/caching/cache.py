"""A cache that several processes share. It may lose everything at any time, and nothing depends on it."""

import hashlib
import json
from typing import Any, Protocol


class Cache(Protocol):
    """Bytes by key. No method raises because the cache is away: then nothing is found, and nothing is kept."""

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes) -> None: ...


def key_of(kind: str, *parts: Any) -> str:
    """A key of bounded length for whatever JSON can say, with UUIDs as text."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()}"
