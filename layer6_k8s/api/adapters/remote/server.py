"""A server of embeddings that speaks OpenAI's protocol, and the checks of each of its answers."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2
import numpy as np

from api.errors import NotReady
from api.services.embedding.encoder_threads import Vectors

NORM_TOLERANCE = 1e-3
"""Vectors have unit length; this is how far a server's rounding may take them from it."""
LONGEST_REASON = 200


class EmbeddingServerFailed(NotReady):
    """The server of embeddings at EMBEDDING_URL failed. Check that it runs, or leave EMBEDDING_URL unset."""

    code = "embedding_server_failed"


class Transient(EmbeddingServerFailed):
    """Another attempt may succeed: the server was not reached, or answered 429 or 5xx."""


class EmbeddingServer:
    """`client` has the server's address, such as http://models:8000/v1, and its key."""

    def __init__(self, client: httpx2.AsyncClient, model: str) -> None:
        self.client = client
        self.model = model
        parts = urlsplit(str(client.base_url))
        self.name = f"The server of embeddings at {parts.hostname}:{parts.port or parts.scheme}"

    async def embed(self, texts: Sequence[str], seconds: float) -> tuple[str, Vectors]:
        """The model that the server names, and a vector for each text. Raises `EmbeddingServerFailed`."""
        body = {"model": self.model, "input": list(texts), "encoding_format": "base64"}
        try:
            answer = await self.client.post("embeddings", json=body, timeout=seconds)
        except httpx2.HTTPError as error:
            raise Transient(f"{self.name} does not answer ({type(error).__name__}).") from error
        if not answer.is_success:
            raise self._refusal(answer)
        try:
            content = answer.json()
            return str(content["model"]), self._vectors(content["data"], len(texts))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EmbeddingServerFailed(f"{self.name} sent no list of embeddings ({type(error).__name__}).") from error

    def _refusal(self, answer: httpx2.Response) -> EmbeddingServerFailed:
        status = answer.status_code
        if status == httpx2.codes.TOO_MANY_REQUESTS or status >= httpx2.codes.INTERNAL_SERVER_ERROR:
            return Transient(f"{self.name} answered {status}.")
        if status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
            return EmbeddingServerFailed(f"{self.name} answered {status}. Is EMBEDDING_API_KEY right?")
        return EmbeddingServerFailed(f"{self.name} answered {status}: {answer.text[:LONGEST_REASON]}")

    def _vectors(self, data: Sequence[Any], count: int) -> Vectors:
        """Shape (count, dimension), in the order of the texts."""
        by_index = {int(item["index"]): _unpacked(item["embedding"]) for item in data}
        if sorted(by_index) != list(range(count)) or len(data) != count:
            raise EmbeddingServerFailed(f"{self.name} sent {len(data)} vectors for {count} texts.")
        vectors = np.stack([by_index[index] for index in range(count)])
        if not np.isfinite(vectors).all():
            raise EmbeddingServerFailed(f"{self.name} sent a vector with a value that is not finite.")
        norms = np.linalg.norm(vectors, axis=1)
        if (np.abs(norms - 1) > NORM_TOLERANCE).any():
            raise EmbeddingServerFailed(f"{self.name} sent a vector of length {norms.min():.3f} to {norms.max():.3f}.")
        return vectors


def embedding_client(url: str, key: str | None) -> httpx2.AsyncClient:
    """A client without proxies: the server is near, or it would not be worth its way."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx2.AsyncClient(base_url=url.rstrip("/") + "/", headers=headers, trust_env=False)


def _unpacked(embedding: object) -> Vectors:
    """Little-endian float32 in base64, or a list of numbers from a server that knows no other format."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4").astype(np.float32)
    vector = np.array(embedding, dtype=np.float32)
    if vector.ndim != 1:
        raise ValueError("an embedding is a list of numbers")
    return vector
