"""The number of threads of the embedding model."""

import os
from pathlib import Path

import pytest

from api.adapters.embedding.processors import processors

ALLOWED = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("max 100000\n", ALLOWED),
        ("100000 100000\n", 1),
        ("20000 100000\n", 1),
        ("6400000 100000\n", ALLOWED),
        ("nonsense", ALLOWED),
    ],
)
def test_the_quota_of_a_container_counts(tmp_path: Path, text: str, number: int) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert processors(tmp_path / "cpu.max") == number


def test_without_a_quota_the_processors_that_are_allowed_count(tmp_path: Path) -> None:
    assert processors(tmp_path / "absent") == ALLOWED
