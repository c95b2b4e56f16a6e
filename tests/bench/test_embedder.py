"""What an embedding backend is judged by."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mystack.bench.embedder import cosine, quality
from mystack.project import find_layer


def test_quality_counts_the_first_hit_that_holds_the_answer() -> None:
    texts = np.eye(12, dtype=np.float32)
    asked = np.zeros((3, 12), dtype=np.float32)
    asked[0, 0] = 1  # the first hit is right
    asked[1, :3] = [1, 0.9, 0.8]  # the third
    asked[2, 11] = 1  # none of ten
    found = quality(texts, asked, [{0, 5}, {2}, {10}])
    assert found["R@1"] == pytest.approx(1 / 3)
    assert found["R@5"] == pytest.approx(2 / 3)
    assert found["nDCG@10"] == pytest.approx((1 + 0.5) / 3)


def test_a_cosine_is_that_of_the_directions() -> None:
    some, others = np.array([[3, 4], [1, 0]], dtype=np.float32), np.array([[6, 8], [0, 2]], dtype=np.float32)
    np.testing.assert_allclose(cosine(some, others), [1, 0])


@pytest.mark.parametrize("backend", ["openvino-int8", "onnx-int8"])
def test_a_side_embeds_documents_together_and_questions_one_by_one(backend: str, tmp_path: Path) -> None:
    requests = [
        {"what": "documents", "texts": ["one", "two", "three"], "vectors": str(tmp_path / "v.npy")},
        {"what": "questions", "texts": ["four", "five"], "vectors": None},
    ]
    command = [sys.executable, "-m", "mystack.bench.embedder_side", backend]
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(
        command, cwd=find_layer().folder, input=lines, capture_output=True, text=True, check=True, timeout=100
    )
    assert [len(json.loads(line)) for line in done.stdout.splitlines()] == [1, 2]
    np.testing.assert_allclose(np.linalg.norm(np.load(tmp_path / "v.npy"), axis=1), 1, atol=1e-5)
