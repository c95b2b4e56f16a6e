"""POST /v1/embeddings, with OpenAI's client."""

from collections.abc import AsyncIterator

import httpx2
import numpy as np
import openai
import pytest

from tests.library import Reader


@pytest.fixture
async def client(library: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with httpx2.AsyncClient(trust_env=False) as http:
        yield openai.AsyncOpenAI(base_url=f"{library}/v1", api_key="none", http_client=http, max_retries=0)


async def test_the_client_gets_unit_vectors_in_order_and_the_number_of_tokens(client: openai.AsyncOpenAI) -> None:
    response = await client.embeddings.create(model="all-MiniLM-L6-v2", input=["two words", "one"])
    vectors = np.array([item.embedding for item in response.data])
    assert vectors.shape == (2, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert [item.index for item in response.data] == [0, 1]
    assert response.usage.prompt_tokens == response.usage.total_tokens == 3
    assert response.model.startswith("all-MiniLM-L6-v2@")


async def test_floats_and_base64_encode_the_same_vector(client: openai.AsyncOpenAI, reader: Reader) -> None:
    packed = await client.embeddings.create(model="all-MiniLM-L6-v2", input="the same text")
    plain = await client.embeddings.create(model="all-MiniLM-L6-v2", input="the same text", encoding_format="float")
    np.testing.assert_allclose(packed.data[0].embedding, plain.data[0].embedding, atol=1e-6)
    raw = await reader.post("/v1/embeddings", input="the same text", encoding_format="base64")
    assert isinstance(raw["data"][0]["embedding"], str)


@pytest.mark.parametrize("name", ["sentence-transformers/all-MiniLM-L6-v2", "all-MiniLM-L6-v2"])
async def test_the_model_may_be_named_or_left_out(client: openai.AsyncOpenAI, reader: Reader, name: str) -> None:
    await client.embeddings.create(model=name, input="x", dimensions=384)
    await reader.post("/v1/embeddings", input="x")


async def test_errors_are_in_openais_format(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="text-embedding-3-small"):
        await client.embeddings.create(model="text-embedding-3-small", input="x")
    with pytest.raises(openai.BadRequestError, match="384 dimensions"):
        await client.embeddings.create(model="all-MiniLM-L6-v2", input="x", dimensions=256)
    with pytest.raises(openai.BadRequestError, match="reads 254") as caught:
        await client.embeddings.create(model="all-MiniLM-L6-v2", input="word " * 300)
    assert caught.value.code == "text_too_long"
    for bad in ("", [], ["x"] * 257, "a\x00b"):
        with pytest.raises(openai.BadRequestError):
            await client.embeddings.create(model="all-MiniLM-L6-v2", input=bad)
