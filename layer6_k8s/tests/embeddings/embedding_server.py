"""A loopback server of embeddings in OpenAI's format, which fails on request."""

import base64
from collections import deque
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.embeddings.fake_encoder import FakeEncoder

KEY = "right-key"


class EmbeddingDouble:
    """Accepts only KEY. `calls`: the texts of each call that was answered with vectors."""

    def __init__(self) -> None:
        self.model = FakeEncoder.space
        self.encoder = FakeEncoder()
        self.scale = 1.0
        self.lists = False
        """Whether it knows no base64, as some servers."""
        self.failures: deque[int | str] = deque()
        """Statuses of the next answers; `hang` is no answer, and any other text is the body of a 200."""
        self.requests = 0
        self.calls: list[list[str]] = []
        self.app = Starlette(routes=[Route("/v1/embeddings", self.embeddings, methods=["POST"])])

    async def embeddings(self, request: Request) -> Response:
        self.requests += 1
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"error": {"message": "Incorrect key"}}, 401)
        body = await request.json()
        if self.failures:
            failure = self.failures.popleft()
            if failure == "hang":
                while (await request.receive())["type"] != "http.disconnect":
                    pass
            if isinstance(failure, str):
                return Response(failure, media_type="application/json")
            return JSONResponse({"error": {"message": "it fails"}}, failure)
        self.calls.append(body["input"])
        vectors = self.encoder.encode(body["input"]) * np.float32(self.scale)
        data = [{"index": i, "embedding": self._packed(vector)} for i, vector in enumerate(vectors)]
        return JSONResponse({"object": "list", "data": data, "model": self.model})

    def _packed(self, vector: Any) -> Any:
        return vector.tolist() if self.lists else base64.b64encode(vector.tobytes()).decode()
