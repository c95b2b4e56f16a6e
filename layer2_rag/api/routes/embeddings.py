"""POST /v1/embeddings: the vectors that this service searches by, in OpenAI's shape."""

import base64

from fastapi import APIRouter, Request

from api.schemas.embeddings import EmbeddingShape, EmbeddingsRequest, EmbeddingsResponse, EmbeddingUsage
from api.schemas.openai import openai_errors
from api.services.embedding import Embeddings, Vector

router = APIRouter(prefix="/v1", tags=["openai"])


@router.post("/embeddings", summary="Vectors of texts, in OpenAI's shape", responses=openai_errors(503))
async def embeddings(body: EmbeddingsRequest, request: Request) -> EmbeddingsResponse:
    service: Embeddings = request.state.embeddings
    texts = [body.input] if isinstance(body.input, str) else body.input
    vectors, tokens = await service.embed_counted(texts)
    return EmbeddingsResponse(
        data=[
            EmbeddingShape(index=i, embedding=_packed(vector) if body.encoding_format == "base64" else vector.tolist())
            for i, vector in enumerate(vectors)
        ],
        model=service.encoder.space,
        usage=EmbeddingUsage(prompt_tokens=tokens, total_tokens=tokens),
    )


def _packed(vector: Vector) -> str:
    """Little-endian float32 in base64, which OpenAI's clients ask for by default."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()
