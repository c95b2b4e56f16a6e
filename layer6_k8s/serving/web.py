"""The HTTP side of the server of models: /v1/embeddings, /v1/rerank, /v1/models and /health."""

import base64
from collections.abc import Sequence
from secrets import compare_digest
from typing import Annotated, Protocol

from fastapi import Depends, FastAPI, Header

from api.errors import Unauthorized
from api.http import problems
from api.schemas.embeddings import EmbeddingResponse, EmbeddingsRequest, EmbeddingsResponse, EmbeddingUsage
from api.schemas.openai import OpenAIModel, OpenAIModelList
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import Vectors
from serving.schemas import RerankRequest, RerankResponse, RerankResult

CREATED = 0
"""Clients of OpenAI's API expect a time; nobody knows when these weights were made."""


class Rerankers(Protocol):
    """The replicas that compare a question with texts."""

    async def score(self, question: str, texts: Sequence[str]) -> tuple[str, list[float]]:
        """The name of the model, and a score for each text."""
        ...


def application(embeddings: Embeddings, rerankers: Rerankers, key: str | None = None) -> FastAPI:
    """`key`: what clients must send as `Authorization: Bearer <key>`, except for /health."""
    app = FastAPI(title="MyStack: models", redirect_slashes=False)
    problems.install(app)

    async def authorized(authorization: Annotated[str, Header()] = "") -> None:
        if key and not compare_digest(authorization.encode(), f"Bearer {key}".encode()):
            raise Unauthorized("This server of models needs a key: set EMBEDDING_API_KEY to its MODELS_API_KEY.")

    needs_key = [Depends(authorized)]

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok", "space": (await embeddings.space()).name}

    @app.get("/v1/models", dependencies=needs_key)
    async def models() -> OpenAIModelList:
        names = [(await embeddings.space()).name, (await rerankers.score("", []))[0]]
        return OpenAIModelList(data=[OpenAIModel(id=name, created=CREATED, owned_by="mystack") for name in names])

    @app.post("/v1/embeddings", dependencies=needs_key)
    async def embed(body: EmbeddingsRequest) -> EmbeddingsResponse:
        counted = await embeddings.embed_counted(body.input, body.model, body.dimensions)
        pack = _packed if body.encoding_format == "base64" else _listed
        return EmbeddingsResponse(
            data=[EmbeddingResponse(index=i, embedding=pack(vector)) for i, vector in enumerate(counted.vectors)],
            model=counted.space.name,
            usage=EmbeddingUsage(prompt_tokens=counted.tokens, total_tokens=counted.tokens),
        )

    @app.post("/v1/rerank", dependencies=needs_key)
    async def rerank(body: RerankRequest) -> RerankResponse:
        name, scores = await rerankers.score(body.query, body.documents)
        order = sorted(range(len(scores)), key=lambda index: -scores[index])
        best = order[: body.top_n] if body.top_n else order
        return RerankResponse(
            model=name, results=[RerankResult(index=index, relevance_score=scores[index]) for index in best]
        )

    return app


def _listed(vector: Vectors) -> list[float] | str:
    numbers: list[float] = vector.tolist()
    return numbers


def _packed(vector: Vectors) -> list[float] | str:
    """Little-endian float32 in base64."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()
