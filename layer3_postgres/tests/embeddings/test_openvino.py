"""The model's graph is made once, kept, and made again when it is damaged; torch is for making it only."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from api.adapters import openvino_int8, openvino_model
from api.adapters.openvino_encoder import OpenVinoEncoder, Precision
from api.errors import NotReady
from tests.models.tiny import minilm_folder, tiny_model

TEXTS = ["Pour hot water over ground beans.", "The parliament passed the budget."]
LOAD = """
import sys
from pathlib import Path
from api.adapters.openvino_encoder import OpenVinoEncoder
encoder = OpenVinoEncoder("tiny", Path(sys.argv[1]), Path(sys.argv[2]), "int8")
encoder.load()
encoder.encode(["one text"])
print(sorted({"torch", "transformers", "sentence_transformers"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graphs") / "not" / "there"


def loaded(folder: Path, cache: Path, precision: Precision = "fp32") -> OpenVinoEncoder:
    encoder = OpenVinoEncoder("tiny", folder, cache, precision)
    encoder.load()
    return encoder


def test_a_graph_is_made_once(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = loaded(folder, cache).encode(TEXTS)
    monkeypatch.setattr(openvino_model, "_convert_elsewhere", None)
    np.testing.assert_array_equal(loaded(folder, cache).encode(TEXTS), first)
    assert [it for it in cache.iterdir() if it.is_dir()] == [openvino_model.graph_of(folder, cache).parent]


def test_of_several_who_begin_at_once_one_converts(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversions: list[Path] = []

    def convert(folder: Path, graph: Path) -> None:
        conversions.append(graph)
        graph.parent.mkdir()
        graph.touch()

    monkeypatch.setattr(openvino_model, "_convert_elsewhere", convert)
    with ThreadPoolExecutor(4) as pool:
        graphs = list(pool.map(lambda _: openvino_model.graph_of(folder, tmp_path), range(4)))
    assert len(conversions) == len(set(graphs)) == 1


def test_a_damaged_graph_is_made_again(folder: Path, cache: Path) -> None:
    before = loaded(folder, cache).encode(TEXTS)
    openvino_model.graph_of(folder, cache).write_text("<net")
    np.testing.assert_array_equal(loaded(folder, cache).encode(TEXTS), before)


def test_torch_is_not_loaded_with_a_graph(folder: Path, cache: Path) -> None:
    loaded(folder, cache)
    command = [sys.executable, "-c", LOAD, str(folder), str(cache)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_without_instructions_for_8_bits_the_vectors_are_nearly_the_same(
    needs: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cache = needs()["embedding_cache"]
    monkeypatch.setattr(openvino_int8, "CPU_FLAGS", tmp_path / "cpuinfo")
    assert not openvino_int8.has_instructions()
    without = loaded(minilm_folder(), cache, "int8").encode(TEXTS)
    (tmp_path / "cpuinfo").write_text("flags : avx2 avx512_vnni")
    assert openvino_int8.has_instructions()
    packed = loaded(minilm_folder(), cache, "int8").encode(TEXTS)
    assert (without * packed).sum(axis=1).min() > 0.99


def test_a_cache_that_cannot_be_written_to_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(NotReady, match=r"EMBEDDING_CACHE is .*file, and cannot be written to: "):
        loaded(folder, tmp_path / "file")


def test_a_model_that_cannot_be_converted_is_told_and_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    broken = tiny_model(tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(NotReady, match="cannot be converted; check EMBEDDING_MODEL and EMBEDDING_PATH"):
        loaded(broken, tmp_path / "cache")
    assert not [it for it in (tmp_path / "cache").iterdir() if it.is_dir()]


@pytest.mark.parametrize("backend", ["openvino-int8", "openvino-fp32", "torch-fp32"])
async def test_the_setting_chooses(serve: Callable[..., str], http: httpx2.AsyncClient, backend: str) -> None:
    url = serve(embedding_backend=backend)
    answer = (await http.post(f"{url}/v1/embeddings", json={"input": "one text"})).json()
    assert f"/{backend}/" in answer["model"]
