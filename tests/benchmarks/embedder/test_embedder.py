"""How an embedding backend is judged."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.embedder.measure import backend, cosine, quality
from mystack.project import find_layer


def test_quality_counts_the_first_hit_that_holds_the_answer() -> None:
    texts = np.eye(12, dtype=np.float32)
    asked = np.zeros((3, 12), dtype=np.float32)
    asked[0, 0] = 1  # its first hit holds the answer
    asked[1, :3] = [1, 0.9, 0.8]  # its third hit does
    asked[2, 11] = 1  # none of its ten hits does
    found = quality(texts, asked, [{0, 5}, {2}, {10}])
    assert found["R@1"] == pytest.approx(1 / 3)
    assert found["R@5"] == pytest.approx(2 / 3)
    assert found["nDCG@10"] == pytest.approx((1 + 0.5) / 3)


def test_a_cosine_does_not_depend_on_the_lengths() -> None:
    some, others = np.array([[3, 4], [1, 0]], dtype=np.float32), np.array([[6, 8], [0, 2]], dtype=np.float32)
    np.testing.assert_allclose(cosine(some, others), [1, 0])


@pytest.mark.parametrize("name", ["openvino-int8", "onnx-int8"])
def test_a_backend_embeds_documents_together_and_questions_one_by_one(name: str, tmp_path: Path) -> None:
    with backend(find_layer(), name, tmp_path / "log") as one:
        assert len(one.embed("documents", ["one", "two", "three"], tmp_path / "v.npy")) == 1
        assert len(one.embed("questions", ["four", "five"])) == 2
    np.testing.assert_allclose(np.linalg.norm(np.load(tmp_path / "v.npy"), axis=1), 1, atol=1e-5)
