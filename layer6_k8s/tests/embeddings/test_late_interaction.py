"""Late interaction over the token vectors of MiniLM."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.adapters.embedding.late_interaction import LateInteraction
from api.errors import NotReady
from tests.models.tiny import minilm_folder

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
QUESTION = "When does the library open?"
TEXTS = ["Cats sleep all day.", "The library opens at nine o'clock.", "Libraries lend books."]


@pytest.fixture(scope="module")
def model() -> LateInteraction:
    return LateInteraction(MINILM, minilm_folder())


def test_the_text_that_answers_has_the_highest_score(model: LateInteraction) -> None:
    scores = model.scores(QUESTION, TEXTS)
    assert scores.index(max(scores)) == 1
    assert all(-1 <= score <= 1 for score in scores)


def test_a_text_is_most_like_itself_and_padding_changes_nothing(model: LateInteraction) -> None:
    (alone,) = model.scores(QUESTION, [QUESTION])
    beside, _ = model.scores(QUESTION, [QUESTION, "word " * 200])
    assert alone == pytest.approx(1, abs=1e-3)
    assert beside == pytest.approx(alone, abs=1e-2)  # eight bits round with the length of the batch


def test_no_texts_and_empty_texts_have_scores(model: LateInteraction) -> None:
    assert model.scores(QUESTION, []) == []
    assert model.scores(QUESTION, [""]) == [0.0]
    assert model.scores("", TEXTS) == [0.0] * 3


def test_threads_do_not_mix_their_results(model: LateInteraction) -> None:
    alone = [model.scores(text, TEXTS) for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: model.scores(text, TEXTS), TEXTS * 4))
    for found, expected in zip(together, alone * 4, strict=True):
        assert found == pytest.approx(expected, abs=1e-5)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="holds no model"):
        LateInteraction(MINILM, tmp_path).scores(QUESTION, TEXTS)
