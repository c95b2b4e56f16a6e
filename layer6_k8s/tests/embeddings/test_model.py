"""The embedding backends, and where the files of the model are found."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx2
import numpy as np
import pytest

from api.adapters.embedding import model_files
from api.adapters.embedding.model_files import find_model, revision
from api.adapters.embedding.openvino import OpenVinoEncoder
from api.adapters.embedding.sentence_transformers import SentenceTransformersEncoder
from api.errors import NotReady
from api.services.embedding.encoder_threads import Encoder, Purpose
from tests.models.tiny import minilm_folder, tiny_model

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
SENTENCES = (
    "How do I brew coffee? ",
    "Pour 92 °C hot water over ground beans. ",
    "The parliament passed the budget of 1,204 million. ",
)


BACKENDS = ("openvino-int8", "openvino-fp32", "torch-fp32")


def loaded(backend: str, folder: Path) -> Encoder:
    encoders: dict[str, Encoder] = {
        "openvino-int8": OpenVinoEncoder(MINILM, folder, "int8"),
        "openvino-fp32": OpenVinoEncoder(MINILM, folder, "fp32"),
        "torch-fp32": SentenceTransformersEncoder(MINILM, folder),
    }
    encoders[backend].load()
    return encoders[backend]


@pytest.fixture(scope="module")
def backends() -> dict[str, Encoder]:
    return {name: loaded(name, minilm_folder()) for name in BACKENDS}


@pytest.fixture(params=BACKENDS)
def minilm(backends: dict[str, Encoder], request: pytest.FixtureRequest) -> Encoder:
    return backends[request.param]


def test_backends_agree_within_their_precision(backends: dict[str, Encoder]) -> None:
    texts = [sentence * length for sentence in SENTENCES for length in (1, 4, 20)]
    eight, full, torch = (backends[name].encode(texts) for name in BACKENDS)
    np.testing.assert_allclose(full, torch, atol=1e-5)
    cosines = (eight * torch).sum(axis=1)
    assert cosines.min() > 0.99
    assert cosines.mean() > 0.995
    assert not np.allclose(eight, full, atol=1e-5)


def test_texts_of_similar_meaning_have_similar_vectors(minilm: Encoder) -> None:
    question, answer, other = minilm.encode(
        ["How do I brew coffee?", "Pour hot water over ground beans.", "The parliament passed the budget."]
    )
    assert question @ answer > question @ other + 0.2
    np.testing.assert_allclose(np.linalg.norm(question), 1, atol=1e-5)
    assert (minilm.dimension, question.dtype) == (384, np.float32)


def test_a_batch_gives_the_same_vectors_as_its_texts_alone(minilm: Encoder) -> None:
    texts = ["short", "a longer text that says a little more than the short one " * 5]
    together = minilm.encode(texts)
    alone = np.concatenate([minilm.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(together, minilm.encode(texts, Purpose.QUESTION), atol=1e-5)


def test_the_whole_window_is_read_and_counted(minilm: Encoder) -> None:
    """The tokenizer's file truncates at 128 wordpieces; the last of 254 must still change the vector."""
    words = ["water"] * minilm.tokens.window
    assert len(minilm.tokens.offsets(" ".join(words))) == minilm.tokens.window == 254
    changed = [*words[:-1], "volcano"]
    full, other = minilm.encode([" ".join(words), " ".join(changed)])
    assert full @ other < 0.9999
    beyond = minilm.encode([" ".join([*words, "volcano"])])[0]
    np.testing.assert_allclose(full, beyond, atol=1e-5)


def test_the_space_names_model_revision_backend_and_dimension(backends: dict[str, Encoder], tmp_path: Path) -> None:
    assert [backends[name].space for name in BACKENDS] == [
        f"all-MiniLM-L6-v2@53aa51172d14/{name}/384" for name in BACKENDS
    ]
    tiny = loaded("torch-fp32", tiny_model(tmp_path / "tiny"))
    assert tiny.space.split("@")[1] != backends["torch-fp32"].space.split("@")[1]
    assert tiny.space.endswith("/torch-fp32/32")


def test_the_weights_of_the_wheel_are_used_if_they_are_the_published_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "_cached", lambda name: None)
    assert find_model(MINILM, None) == minilm_folder()
    monkeypatch.setattr(model_files, "WHEEL_SHA256", "0" * 64)
    with pytest.raises(NotReady, match="not the published ones"):
        find_model(MINILM, None)


def test_a_configured_folder_without_a_model_is_reported(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"EMBEDDING_PATH is .* holds no model"):
        find_model(MINILM, tmp_path)
    assert revision(tmp_path) == "unknown"


def damaged_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"not weights")


def damaged_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{")


def missing_window(folder: Path) -> None:
    (folder / "sentence_bert_config.json").write_text(json.dumps({}))


@pytest.mark.parametrize("damage", [damaged_weights, damaged_tokenizer, missing_window])
async def test_a_damaged_model_is_reported_by_health_and_requests_get_503(
    serve: Callable[..., str], http: httpx2.AsyncClient, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    folder = tiny_model(tmp_path / "model")
    damage(folder)
    url = serve(embedding_path=folder, use_rag=True, llm_provider="extractive")
    for path, body in (("/search", {"query": "x"}), ("/chat", {"message": "x"})):
        response = await http.post(url + path, json=body)
        assert (response.status_code, response.json()["code"]) == (503, "not_ready")
        assert "EMBEDDING_PATH" in response.json()["detail"]
    health = (await http.get(f"{url}/health")).json()
    broken = {one["name"]: one["reason"] for one in health["dependencies"] if one["status"] == "down"}
    assert health["status"] == "down"
    assert list(broken) == ["embedding_model"]
    assert (await http.get(f"{url}/health/live")).status_code == 200
    assert (await http.get(f"{url}/health/ready")).status_code == 503
    upload = await http.post(f"{url}/documents", files={"file": ("a.txt", b"some text")})
    assert (upload.status_code, upload.json()["code"]) == (503, "not_ready")
    assert (await http.get(f"{url}/documents")).json()["documents"] == []
    shutil.rmtree(folder)
