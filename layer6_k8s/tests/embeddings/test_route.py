"""POST /v1/embeddings, with OpenAI's client."""

from collections.abc import AsyncIterator
from typing import Any

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
    assert (caught.value.code, caught.value.param) == ("text_too_long", "input[0]")


@pytest.mark.parametrize(
    ("texts", "param", "reason"),
    [
        ("", "input", "is empty"),
        (["a", "", "b"], "input[1]", "is empty"),
        (["a", "word " * 300], "input[1]", "reads 254"),
        ([], "input", "at least one"),
        (["x"] * 2049, "input", "at most 2,048"),
        (["a\x00b"], "input[0]", "NUL"),
        ([1, 2, 3], "input[0]", "check_embedding_ctx_length=False"),
        ([[1, 2], [3]], "input[0]", "check_embedding_ctx_length=False"),
        ({"text": "x"}, "input", "must be a string or a list of strings"),
    ],
)
async def test_the_wrong_text_is_named_by_its_index(
    client: openai.AsyncOpenAI, texts: Any, param: str, reason: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=reason) as caught:
        await client.embeddings.create(model="all-MiniLM-L6-v2", input=texts)
    assert caught.value.param == param


async def test_a_request_may_have_as_many_texts_as_at_openai(client: openai.AsyncOpenAI) -> None:
    response = await client.embeddings.create(model="all-MiniLM-L6-v2", input=[f"text {n}" for n in range(2048)])
    assert [item.index for item in response.data] == list(range(2048))
