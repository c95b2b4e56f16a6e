"""The public keys of an identity provider (RFC 7517), fetched in the background."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from api.services.tenants.errors import ProviderAway

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""Signatures with a key pair. A provider never says which algorithms are accepted, nor does a token."""
LEAST_RSA_BITS = 2_048
FETCH_SECONDS = 5.0
MOST_BYTES = 1_000_000
RENEW_SECONDS = 300.0
"""Between two fetches when all is well; a key that the provider has withdrawn is accepted for as long."""
REFETCH_SECONDS = 30.0
"""An unknown key leads to a fetch at most so often: tokens of strangers must not."""
RETRY_SECONDS = 5.0
FAULTS = (httpx2.HTTPError, ValueError)

logger = logging.getLogger("mystack.tokens")


class KeySet:
    """The keys by their ids. While the provider cannot be reached, the last ones stay."""

    def __init__(self, client: httpx2.AsyncClient, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self.url = url
        self.clock = clock
        self._keys: Mapping[str, PyJWK] | None = None
        self._fetched_at = -REFETCH_SECONDS
        self._fetching = asyncio.Lock()
        self._fault = "it has not been asked yet"

    async def find(self, kid: str) -> PyJWK | None:
        """The key with this id; "" means the only one. Raises `ProviderAway`."""
        found = self._known(kid)
        if found is None:
            async with self._fetching:
                found = self._known(kid)
                if found is None and self.clock() >= self._fetched_at + REFETCH_SECONDS:
                    await self._fetch()
                    found = self._known(kid)
        if self._keys is None:
            raise ProviderAway
        return found

    async def keep(self) -> None:
        """Fetch the keys again and again."""
        while True:
            async with self._fetching:
                await self._fetch()
            await asyncio.sleep(RETRY_SECONDS if self._fault else RENEW_SECONDS)

    async def check(self) -> str:
        """One sentence for /health. Raises `ProviderAway`."""
        if self._keys is None:
            raise ProviderAway
        return f"{len(self._keys)} keys of the identity provider are known{self._fault and ', of an earlier fetch'}."

    def _known(self, kid: str) -> PyJWK | None:
        keys = self._keys or {}
        if not kid and len(keys) == 1:
            return next(iter(keys.values()))
        return keys.get(kid)

    async def _fetch(self) -> None:
        self._fetched_at = self.clock()
        try:
            answer = await self.client.get(self.url)
            answer.raise_for_status()
            self._keys = _usable(answer.content)
            self._fault = ""
        except FAULTS as error:
            if not self._fault or self._keys is None:
                logger.warning("the keys of JWKS_URL could not be fetched: %s", type(error).__name__)
            self._fault = type(error).__name__


def client_for(url: str) -> httpx2.AsyncClient:
    """A client without redirects, which a key set has no need of. Proxy settings apply, but not on this machine."""
    host = httpx2.URL(url).host
    is_local = host in ("localhost", "127.0.0.1", "::1")
    return httpx2.AsyncClient(timeout=FETCH_SECONDS, follow_redirects=False, trust_env=not is_local)


def _usable(content: bytes) -> dict[str, PyJWK]:
    """The keys that verify signatures of ours. Raises `ValueError` if there is none: then the old ones stay."""
    if len(content) > MOST_BYTES:
        raise ValueError("the key set is too large")
    document = json.loads(content)
    entries = document.get("keys") if isinstance(document, dict) else None
    usable = [key for entry in entries or () if (key := _key(entry))] if isinstance(entries, list) else []
    if not usable:
        raise ValueError("the key set has no usable key")
    return {key.key_id or "": key for key in usable}


def _key(entry: Any) -> PyJWK | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    try:
        key = PyJWK(entry)
    except PyJWTError:
        return None  # of a kind that this library does not know
    is_short = getattr(key.key, "key_size", LEAST_RSA_BITS) < LEAST_RSA_BITS and key.key_type == "RSA"
    return key if key.algorithm_name in ALGORITHMS and not is_short else None
