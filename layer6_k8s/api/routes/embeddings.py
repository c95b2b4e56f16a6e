"""POST /v1/embeddings: embeddings in OpenAI's format, from the model that indexes the documents."""

import base64

from fastapi import APIRouter, Request

from api.schemas.embeddings import EmbeddingResponse, EmbeddingsRequest, EmbeddingsResponse, EmbeddingUsage
from api.schemas.openai import openai_errors
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import Vectors

router = APIRouter(prefix="/v1", tags=["openai"])


@router.post("/embeddings", summary="Embeddings, in OpenAI's format", responses=openai_errors(400, 404, 408, 413, 503))
async def create_embeddings(body: EmbeddingsRequest, request: Request) -> EmbeddingsResponse:
    """Embeddings from the model that indexes the documents, as numbers or in base64."""
    service: Embeddings = request.state.embeddings
    counted = await service.embed_counted(body.input, body.model, body.dimensions)
    pack = _packed if body.encoding_format == "base64" else _listed
    return EmbeddingsResponse(
        data=[EmbeddingResponse(index=i, embedding=pack(vector)) for i, vector in enumerate(counted.vectors)],
        model=counted.space.name,
        usage=EmbeddingUsage(prompt_tokens=counted.tokens, total_tokens=counted.tokens),
    )


def _listed(vector: Vectors) -> list[float] | str:
    numbers: list[float] = vector.tolist()
    return numbers


def _packed(vector: Vectors) -> list[float] | str:
    """Little-endian float32 in base64, the default of OpenAI's clients."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()
