"""The language of a text."""

import pytest

from api.services.text.language_terms import function_terms, language_terms
from api.services.text.languages import language_name, language_of


@pytest.mark.parametrize(
    ("language", "questions"),
    [
        (
            "en",
            ["What is the capital of France?", "Who built it?", "How many people live there?"],
        ),
        ("de", ["Wann wurde der Turm gebaut?", "Wie viele Menschen leben dort?", "Wo liegt die Straße?"]),
        ("fr", ["Quand la tour a-t-elle été construite ?", "Qui est le directeur ?"]),
        ("es", ["¿Cuándo se construyó la torre?", "¿Quién vive allí?", "Cuantos años tiene la casa"]),
        ("it", ["Quando è stata costruita la torre?", "Chi ha scritto il libro?"]),
        ("pt", ["Quando foi construída a torre?", "Quem não estava em casa?"]),
        ("nl", ["Wanneer werd de toren gebouwd?", "Hoeveel mensen wonen er?"]),
        ("ro", ["Când a fost construit turnul?", "Cine este directorul și unde este?"]),
        ("tr", ["Kule ne zaman yapıldı?", "Kaç kişi yaşıyor?"]),
        ("vi", ["Tháp được xây dựng khi nào?", "Ai là giám đốc?"]),
        ("sv", ["När byggdes tornet och vem gjorde det?", "Vad är det för hus?"]),
        ("da", ["Hvornår blev tårnet bygget?", "Hvad er det for noget af et hus?"]),
        ("no", ["Når ble tårnet bygd, og hva er det?", "Hvem er det og hvor bor de nå når det er fra?"]),
        ("fi", ["Milloin torni on rakennettu?", "Kuka se oli ja missä hän asuu?"]),
        ("hu", ["Mikor épült a torony és ki építette?", "Hány ember él a városban?"]),
        ("pl", ["Kiedy została zbudowana wieża?", "Kto jest dyrektorem?"]),
        ("CYRILLIC", ["Когда построили башню?"]),
        ("GREEK", ["Πότε χτίστηκε ο πύργος;"]),
        ("CJK", ["这座塔什么时候建的？", "いつ建てられましたか？"]),
        (None, ["Madrid?", "P17", "", "Who died in La Paz?"]),
    ],
)
def test_a_question_tells_its_language(language: str | None, questions: list[str]) -> None:
    assert {question: language_of(question) for question in questions} == dict.fromkeys(questions, language)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Де побудовано вежу її?", "Ukrainian"),
        ("Где была построена эта башня?", "Russian"),
        ("Кога е построена къщата?", "Bulgarian"),
        ("این کتاب را چه کسی نوشت؟ پدر", "Persian"),
        ("من كتب هذا", "Arabic"),
        ("これは本です", "Japanese"),
        ("这是书", "Chinese"),
        ("이것은 책입니다", "Korean"),
        ("ეს წიგნია", "Georgian"),
        ("Dies ist ein Buch und das ist gut.", "German"),
    ],
)
def test_a_language_has_a_name(text: str, name: str) -> None:
    assert language_name(text) == name


def test_the_stems_of_a_language_say_which_it_is_and_leave_out_its_function_words() -> None:
    assert language_terms("Las canciones y la canción", "es") == ["es:cancion", "es:cancion"]
    assert language_terms("The cities", "en") == language_terms("Die Stadt", None) == []
    assert "die" in function_terms("de")
