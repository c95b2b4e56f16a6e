"""A BERT as an OpenVINO graph: what it reads, what it refuses, and that torch has no part in it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import numpy as np
import pytest

from api.adapters.embedding import openvino_int8
from api.adapters.embedding.openvino import OpenVinoEncoder, Precision
from api.adapters.embedding.sentence_transformers import SentenceTransformersEncoder
from api.errors import NotReady
from tests.models.tiny import minilm_folder, tiny_model

TEXTS = ["Pour hot water over ground beans.", "The parliament passed the budget."]
LOAD = """
import sys
from pathlib import Path
from api.adapters.embedding.openvino import OpenVinoEncoder
encoder = OpenVinoEncoder("tiny", Path(sys.argv[1]), "int8")
encoder.load()
encoder.encode(["one text"])
print(sorted({"torch", "transformers", "sentence_transformers"} & set(sys.modules)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "tiny")


def loaded(folder: Path, precision: Precision = "fp32") -> OpenVinoEncoder:
    encoder = OpenVinoEncoder("tiny", folder, precision)
    encoder.load()
    return encoder


def change(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_torch_is_not_loaded(folder: Path) -> None:
    command = [sys.executable, "-c", LOAD, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("activation", ["gelu", "gelu_new"])
def test_the_first_tokens_vector_is_taken_where_the_model_says_so(folder: Path, activation: str) -> None:
    mean = loaded(folder).encode(TEXTS)
    change(folder / "config.json", hidden_act=activation)
    change(folder / "1_Pooling" / "config.json", pooling_mode_mean_tokens=False, pooling_mode_cls_token=True)
    torch = SentenceTransformersEncoder("tiny", folder)
    torch.load()
    first = loaded(folder).encode(TEXTS)
    np.testing.assert_allclose(first, torch.encode(TEXTS), atol=1e-5)
    assert not np.allclose(first, mean, atol=1e-2)


def another_kind(folder: Path) -> None:
    change(folder / "config.json", model_type="roberta")


def another_activation(folder: Path) -> None:
    change(folder / "config.json", hidden_act="relu")


def another_pooling(folder: Path) -> None:
    change(folder / "1_Pooling" / "config.json", pooling_mode_mean_tokens=False, pooling_mode_max_tokens=True)


def one_more_module(folder: Path) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules))


@pytest.mark.parametrize("otherwise", [another_kind, another_activation, another_pooling, one_more_module])
def test_what_would_give_wrong_vectors_is_refused(folder: Path, otherwise: Callable[[Path], None]) -> None:
    otherwise(folder)
    with pytest.raises(NotReady, match=r"is not a BERT .* EMBEDDING_BACKEND=torch-fp32 runs others"):
        loaded(folder)


def test_weights_that_are_damaged_or_missing_are_told(folder: Path) -> None:
    change(folder / "config.json", num_hidden_layers=2)
    with pytest.raises(NotReady, match=r"check EMBEDDING_MODEL and EMBEDDING_PATH.*encoder\.layer\.1"):
        loaded(folder)
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(NotReady, match="check EMBEDDING_MODEL and EMBEDDING_PATH"):
        loaded(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(NotReady, match="check EMBEDDING_MODEL and EMBEDDING_PATH"):
        loaded(folder)


def test_without_instructions_for_8_bits_the_vectors_are_nearly_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(openvino_int8, "CPU_FLAGS", tmp_path / "cpuinfo")
    assert not openvino_int8.has_instructions()
    without = loaded(minilm_folder(), "int8").encode(TEXTS)
    (tmp_path / "cpuinfo").write_text("flags : avx2 avx512_vnni")
    assert openvino_int8.has_instructions()
    packed = loaded(minilm_folder(), "int8").encode(TEXTS)
    assert (without * packed).sum(axis=1).min() > 0.99


def test_a_backend_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(NotReady, match=r"torch-fp32 needs sentence-transformers: pip install"):
        SentenceTransformersEncoder("tiny", folder).load()


@pytest.mark.parametrize("backend", ["openvino-int8", "openvino-fp32", "torch-fp32"])
async def test_the_setting_chooses(serve: Callable[..., str], http: httpx2.AsyncClient, backend: str) -> None:
    url = serve(embedding_backend=backend)
    answer = (await http.post(f"{url}/v1/embeddings", json={"input": "one text"})).json()
    assert f"/{backend}/" in answer["model"]
