"""The embedding model, in threads of its own, and the cache of its vectors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.adapters.embedding.onnx import OnnxEncoder
from api.adapters.embedding.openvino import OpenVinoEncoder
from api.adapters.embedding.sentence_transformers import SentenceTransformersEncoder
from api.capabilities.embedding_server import beside
from api.config import Settings
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import Encoder, EncoderThreads
from api.services.embedding.vector_cache import VectorCache


@asynccontextmanager
async def embeddings(settings: Settings) -> AsyncIterator[Embeddings]:
    """The embeddings, cached for questions and sentences; the model loads in the background."""
    async with EncoderThreads(encoder(settings)) as threads, beside(settings, threads) as encoders:
        yield Embeddings(VectorCache(encoders))


def encoder(settings: Settings) -> Encoder:
    """The chosen backend, not loaded yet."""
    name, path = settings.embedding_model, settings.embedding_path
    match settings.embedding_backend:
        case "openvino-int8":
            return OpenVinoEncoder(name, path, "int8")
        case "openvino-fp32":
            return OpenVinoEncoder(name, path, "fp32")
        case "torch-fp32":
            return SentenceTransformersEncoder(name, path)
        case "onnx-int8":
            return OnnxEncoder(name, path, "int8")
        case "onnx-fp32":
            return OnnxEncoder(name, path, "fp32")
