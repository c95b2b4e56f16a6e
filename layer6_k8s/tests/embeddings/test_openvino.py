"""A BERT as an OpenVINO graph: which models it reads, which it refuses, and that torch is not loaded."""

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
def test_pooling_and_activation_follow_the_configuration_of_the_model(folder: Path, activation: str) -> None:
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
def test_models_of_another_kind_are_refused(folder: Path, otherwise: Callable[[Path], None]) -> None:
    otherwise(folder)
    with pytest.raises(NotReady, match=r"is not a BERT .* EMBEDDING_BACKEND=torch-fp32 runs others"):
        loaded(folder)


def test_damaged_and_missing_weights_are_reported(folder: Path) -> None:
    change(folder / "config.json", num_hidden_layers=2)
    with pytest.raises(NotReady, match=r"check EMBEDDING_MODEL and EMBEDDING_PATH.*encoder\.layer\.1"):
        loaded(folder)
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(NotReady, match="check EMBEDDING_MODEL and EMBEDDING_PATH"):
        loaded(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(NotReady, match="check EMBEDDING_MODEL and EMBEDDING_PATH"):
        loaded(folder)


def test_without_8_bit_instructions_the_vectors_are_nearly_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(openvino_int8, "CPU_FLAGS", tmp_path / "cpuinfo")
    assert not openvino_int8.has_instructions()
    without = loaded(minilm_folder(), "int8").encode(TEXTS)
    (tmp_path / "cpuinfo").write_text("flags : avx2 avx512_vnni")
    assert openvino_int8.has_instructions()
    packed = loaded(minilm_folder(), "int8").encode(TEXTS)
    assert (without * packed).sum(axis=1).min() > 0.99


def test_a_backend_that_is_not_installed_is_reported(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(NotReady, match=r"torch-fp32 needs sentence-transformers: pip install"):
        SentenceTransformersEncoder("tiny", folder).load()


@pytest.mark.parametrize("backend", ["openvino-int8", "openvino-fp32", "torch-fp32"])
async def test_a_setting_chooses_the_backend(serve: Callable[..., str], http: httpx2.AsyncClient, backend: str) -> None:
    url = serve(embedding_backend=backend)
    response = (await http.post(f"{url}/v1/embeddings", json={"input": "one text"})).json()
    assert f"/{backend}/" in response["model"]
