"""The cache of vectors: what is cached, its bounds, and a switch of the model."""

from collections.abc import Sequence

import numpy as np
import pytest

from api.services.embedding import vector_cache
from api.services.embedding.embeddings import Embeddings
from api.services.embedding.encoder_threads import Encoder, Purpose, Vectors
from api.services.embedding.vector_cache import VectorCache
from tests.embeddings.fake_encoder import DIMENSION, FakeEncoder


class OtherEncoder(FakeEncoder):
    """A model of another space, with opposite vectors."""

    space = f"other@1/fp32/{DIMENSION}"

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> Vectors:
        return -super().encode(texts, purpose)


class SwitchingEncoders:
    """Encodes without threads, with the model in `current`; `switch_to` replaces it while the next batch is encoded."""

    threads = 1

    def __init__(self) -> None:
        self.current = FakeEncoder()
        self.switch_to: FakeEncoder | None = None

    def loaded(self) -> Encoder:
        return self.current

    async def encoder(self) -> Encoder:
        return self.current

    async def encode(self, purpose: Purpose, texts: Sequence[str]) -> Vectors:
        if self.switch_to:
            self.current, self.switch_to = self.switch_to, None
        return self.current.encode(texts, purpose)


@pytest.fixture
def encoders() -> SwitchingEncoders:
    return SwitchingEncoders()


@pytest.fixture
def embeddings(encoders: SwitchingEncoders) -> Embeddings:
    return Embeddings(VectorCache(encoders))


def encoded(encoders: SwitchingEncoders) -> list[str]:
    """The texts that the model was given since the last call."""
    texts = [text for batch in encoders.current.calls for text in batch]
    encoders.current.calls.clear()
    return texts


async def test_questions_and_sentences_are_embedded_once_and_share_the_cache(
    encoders: SwitchingEncoders, embeddings: Embeddings
) -> None:
    await embeddings.embed_query("which heron")
    vectors = await embeddings.embed_queries(["the otter", "which heron", "the otter", "the fern"])
    assert encoded(encoders) == ["which heron", "the otter", "the fern"]
    np.testing.assert_array_equal(vectors, FakeEncoder().encode(["the otter", "which heron", "the otter", "the fern"]))
    assert (await embeddings.embed_queries([])).shape == (0, DIMENSION)


async def test_the_texts_of_documents_are_not_cached(encoders: SwitchingEncoders, embeddings: Embeddings) -> None:
    for _ in range(2):
        await embeddings.embed_documents(["a chunk"])
    await embeddings.embed_query("a chunk")
    assert encoded(encoders) == ["a chunk"] * 3


async def test_a_caller_that_changes_its_vectors_does_not_change_the_cache(embeddings: Embeddings) -> None:
    first = await embeddings.embed_query("the same question")
    first += 1
    np.testing.assert_array_equal(
        await embeddings.embed_query("the same question"), FakeEncoder().encode(["the same question"])[0]
    )


async def test_the_number_of_vectors_is_bounded_and_the_least_recently_used_is_evicted(
    encoders: SwitchingEncoders, embeddings: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_cache, "MAX_ENTRIES", 3)
    await embeddings.embed_queries(["one", "two", "three"])
    await embeddings.embed_query("one")
    await embeddings.embed_query("four")
    encoded(encoders)
    await embeddings.embed_queries(["one", "three", "four"])
    assert encoded(encoders) == []
    await embeddings.embed_query("two")
    assert encoded(encoders) == ["two"]


async def test_the_characters_are_bounded_and_long_texts_are_not_cached(
    encoders: SwitchingEncoders, embeddings: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_cache, "MAX_CHARS", 30)
    monkeypatch.setattr(vector_cache, "MAX_TEXT_CHARS", 12)
    for text in ("ten letters", "ten numbers", "thirteen signs", "ten animals"):
        await embeddings.embed_query(text)
    encoded(encoders)
    await embeddings.embed_queries(["ten numbers", "ten animals"])
    assert encoded(encoders) == []
    await embeddings.embed_queries(["ten letters", "thirteen signs"])
    assert encoded(encoders) == ["ten letters", "thirteen signs"]


async def test_after_a_switch_of_the_model_no_vector_of_the_old_one_is_returned(
    encoders: SwitchingEncoders, embeddings: Embeddings
) -> None:
    await embeddings.embed_queries(["the heron", "the otter"])
    encoders.current = OtherEncoder()
    vectors = await embeddings.embed_queries(["the heron", "the otter"])
    np.testing.assert_array_equal(vectors, OtherEncoder().encode(["the heron", "the otter"]))


async def test_a_switch_while_a_batch_is_encoded_does_not_mix_two_models(
    encoders: SwitchingEncoders, embeddings: Embeddings
) -> None:
    await embeddings.embed_query("the heron")
    encoders.switch_to = OtherEncoder()
    for _ in range(2):
        vectors = await embeddings.embed_queries(["the heron", "the otter"])
        np.testing.assert_array_equal(vectors, OtherEncoder().encode(["the heron", "the otter"]))
