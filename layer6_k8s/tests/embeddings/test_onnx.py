"""A BERT on ONNX Runtime: the vectors of the other backends, which models it refuses, and that torch is not loaded."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import numpy as np
import pytest

from api.adapters.embedding.model_files import find_model
from api.adapters.embedding.onnx import OnnxEncoder, Precision
from api.adapters.embedding.openvino import OpenVinoEncoder
from api.errors import NotReady
from api.services.embedding.encoder_threads import Purpose
from tests.models.tiny import minilm_folder, tiny_model

E5 = "multilingual-e5-small"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
TEXTS = [
    "Pour hot water over ground beans.",
    "The parliament passed the budget.",
    "x",
    "A paragraph on coffee, water and parliaments. " * 12,
]
LOAD = """
import sys
from pathlib import Path
from api.adapters.embedding.model_files import find_model
from api.adapters.embedding.onnx import OnnxEncoder
encoder = OnnxEncoder("tiny", Path(sys.argv[1]), "int8")
encoder.load()
encoder.encode(["one text"])
print(sorted({"torch", "transformers", "sentence_transformers", "openvino"} & set(sys.modules)))
"""
WITHOUT = """
import sys
from pathlib import Path
sys.modules["onnx"] = None
from api.adapters.embedding.model_files import find_model
from api.adapters.embedding.onnx import OnnxEncoder
OnnxEncoder("tiny", Path(sys.argv[1]), "int8").load()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "tiny")


def loaded(folder: Path, precision: Precision) -> OnnxEncoder:
    encoder = OnnxEncoder(MINILM, folder, precision)
    encoder.load()
    return encoder


def change(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_its_vectors_are_those_of_openvino() -> None:
    openvino = OpenVinoEncoder(MINILM, minilm_folder(), "fp32")
    openvino.load()
    expected = openvino.encode(TEXTS)
    exact, rounded = loaded(minilm_folder(), "fp32"), loaded(minilm_folder(), "int8")
    for purpose in Purpose:
        np.testing.assert_allclose(exact.encode(TEXTS, purpose), expected, atol=1e-5)
        assert np.einsum("ij,ij->i", rounded.encode(TEXTS, purpose), expected).min() > 0.97
    assert exact.space.split("/")[1:] == ["onnx-fp32", "384"]
    assert rounded.space.split("/")[1:] == ["onnx-int8", "384"]


@pytest.mark.timeout(400)
def test_the_packed_e5_runs_on_it_too() -> None:
    folder = find_model(E5, None)
    openvino, encoder = OpenVinoEncoder(E5, folder, "fp32"), OnnxEncoder(E5, folder, "fp32")
    for one in (openvino, encoder):
        one.load()
    for purpose in Purpose:
        np.testing.assert_allclose(encoder.encode(TEXTS, purpose), openvino.encode(TEXTS, purpose), atol=1e-4)
    assert encoder.space == "multilingual-e5-small@1571fc982750/onnx-fp32/384"


def test_threads_do_not_mix_their_vectors(folder: Path) -> None:
    encoder = loaded(folder, "fp32")
    alone = [encoder.encode([text]) for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: encoder.encode([text]), TEXTS * 5))
    np.testing.assert_allclose(np.concatenate(together), np.concatenate(alone * 5), atol=1e-6)


def test_torch_and_openvino_are_not_loaded(folder: Path) -> None:
    command = [sys.executable, "-c", LOAD, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_rounding_writes_nothing_to_the_log(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    loaded(folder, "int8")
    assert caplog.records == []


def test_without_onnx_it_says_what_to_install(folder: Path) -> None:
    command = [sys.executable, "-c", WITHOUT, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "EMBEDDING_BACKEND=onnx-int8 needs ONNX Runtime: pip install -c constraints.txt -e '.[onnx]'" in done.stderr


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("config.json", {"model_type": "roberta"}),
        ("config.json", {"hidden_act": "relu"}),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}),
    ],
)
def test_another_kind_of_model_is_refused(folder: Path, file: str, values: dict[str, object]) -> None:
    change(folder / file, **values)
    with pytest.raises(NotReady, match=r"is not a BERT with mean pooling, .*torch-fp32 runs others"):
        loaded(folder, "fp32")


def test_damaged_weights_are_named(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(NotReady, match="cannot be read; check EMBEDDING_MODEL"):
        loaded(folder, "fp32")


@pytest.mark.parametrize("backend", ["onnx-int8", "onnx-fp32"])
async def test_a_service_runs_with_it(serve: Callable[..., str], http: httpx2.AsyncClient, backend: str) -> None:
    url = serve(embedding_backend=backend)
    answer = await http.post(f"{url}/v1/embeddings", json={"input": TEXTS})
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"].split("/")[1] == backend
