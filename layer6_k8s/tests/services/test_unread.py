"""Documents in a language that the embedding model does not read."""

import pytest

from api.services.retrieval.unread import Letters, ModelLanguages

RUSSIAN = "Эйфелева башня была построена в 1889 году и открыта для посетителей весной. " * 5
SPANISH = "La torre de la ciudad fue construida en el año 1889 y se abrió al público en la primavera. " * 5
ENGLISH = "The tower of the city was built in 1889, and it was opened to the public in the spring. " * 5
CHINESE = "这座塔建于一八八九年，春天向公众开放。游客可以乘电梯到达顶层，观赏整个城市的景色。" * 3
MINILM = ModelLanguages("sentence-transformers/all-MiniLM-L6-v2")
OTHER = ModelLanguages("multilingual-e5-small")


class Words:
    """Counts words."""

    window = 7

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [(0, 1) for _ in text.split()]


@pytest.mark.parametrize(
    ("text", "language", "reads"),
    [
        (RUSSIAN, "Russian", "does not read"),
        (RUSSIAN.replace("и", "ї"), "Ukrainian", "does not read"),
        (CHINESE, "Chinese", "does not read"),
        ("Ο πύργος της πόλης άνοιξε την άνοιξη για το κοινό. " * 3, "Greek", "does not read"),
        (SPANISH, "Spanish", "reads in part"),
        ("Kulede asansör var ve ziyaretçiler için bir müze de açıldı. " * 3, "Turkish", "reads in part"),
    ],
)
def test_a_document_that_minilm_does_not_read_says_so_and_what_helps(text: str, language: str, reads: str) -> None:
    [warning] = MINILM.warnings(text)
    assert warning.startswith(f"This document is in {language}, which the model all-MiniLM-L6-v2 {reads};")
    assert warning.endswith("Set EMBEDDING_MODEL=multilingual-e5-small and run `mystack reembed`.")


@pytest.mark.parametrize("text", [ENGLISH, "", "1 2 3", "Müller; Nuñez; Iași", ENGLISH + "Она открыта. " + ENGLISH])
def test_english_and_what_has_no_language_has_no_warning(text: str) -> None:
    assert MINILM.warnings(text) == ()


def test_a_model_of_many_languages_warns_of_none() -> None:
    assert OTHER.warnings(RUSSIAN) == ()


def test_a_text_that_is_mostly_in_another_language_is_in_that_language() -> None:
    assert "Russian" in MINILM.warnings(ENGLISH[:90] + RUSSIAN * 10)[0]


def test_a_warning_about_another_model_is_no_longer_true() -> None:
    stored = ["Page 3 has no text.", *MINILM.warnings(RUSSIAN)]
    assert MINILM.still_true(stored) == stored
    assert OTHER.still_true(stored) == stored[:1]


def test_chunks_are_measured_in_letters_where_the_model_knows_only_letters() -> None:
    words = Words()
    letters = MINILM.counter(RUSSIAN, words)
    assert isinstance(letters, Letters)
    assert letters.window == words.window
    assert letters.offsets("башня!") == [(0, 4), (4, 6)]


@pytest.mark.parametrize(("languages", "text"), [(MINILM, t) for t in (ENGLISH, SPANISH, CHINESE)] + [(OTHER, RUSSIAN)])
def test_elsewhere_they_are_measured_by_the_model(languages: ModelLanguages, text: str) -> None:
    words = Words()
    assert languages.counter(text, words) is words
