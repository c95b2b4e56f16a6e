"""Articles are searched alone and beside other text, as much of it as was asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.crowd.app import measured
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.evaluate.questions import Document, Question
from mystack.project import Refusal
from tests.evaluate.conftest import layer  # noqa: F401 - a fixture
from tests.evaluate.small_layer import SmallLayer

ARTICLES = [
    Document("Keeper.txt", b"The keeper of the lighthouse is Ada Holm."),
    Document("Office.txt", b"It opens at eight."),
]
QUESTIONS = [Question("Which person is keeper of the lighthouse?", "Keeper.txt", ("Ada Holm",))]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two chunks that have nothing to do with the question, and one that has its words but not its answer."""
    texts = ["Rain fell.", "The road was closed.", "Which person was keeper of the lighthouse, nobody knew."]
    paths = [tmp_path / f"{number}.txt" for number in range(3)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


def shares(layer: SmallLayer, files: list[Path], *sizes: int) -> Iterator[tuple[str, float]]:  # noqa: F811
    with connected(layer.url, None) as client:
        library = Library(client, shared=False)
        for article in ARTICLES:
            library.upload(article)
        for metric in measured(client, library, QUESTIONS, files, sizes, Console().status("")):
            yield metric.name, metric.measured[0]


def test_the_articles_are_searched_alone_and_beside_other_text(layer: SmallLayer, files: list[Path]) -> None:  # noqa: F811
    assert dict(shares(layer, files, 2, 3)) == {
        "R@1 beside 0 chunks": 1,
        "R@5 beside 0 chunks": 1,
        "R@1 beside 2 chunks": 1,
        "R@5 beside 2 chunks": 1,
        "R@1 beside 3 chunks": 0,
        "R@5 beside 3 chunks": 1,
    }


def test_a_folder_that_is_too_small_is_refused(layer: SmallLayer, files: list[Path]) -> None:  # noqa: F811
    with pytest.raises(Refusal, match="the folder has only 3 chunks, not 4"):
        list(shares(layer, files, 4))


def test_a_file_that_the_layer_does_not_read_is_refused(layer: SmallLayer, files: list[Path]) -> None:  # noqa: F811
    files[2].unlink()
    with pytest.raises(Refusal, match=r"2\.txt was not stored: unreadable"):
        list(shares(layer, files, 4))
