"""The kind of answer that a question asks for."""

import pytest

from api.services.rag.asking.kinds.answer_kinds import counted, kind_asked, kind_is_missing, unsaid
from api.services.text.terms import terms


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How heavy is the pump?", "weight"),
        ("How deep is the water at the quay?", "length"),
        ("How long is the bridge?", "length or duration"),
        ("How long must a password be kept?", "duration"),
        ("How much does a ticket cost?", "money"),
        ("How many gates does the warehouse have?", "count"),
        ("At what time does the meeting begin?", "clock"),
        ("When was the dairy founded?", "time"),
        ("Who paid for the study?", "person"),
        ("Where is she buried?", "place"),
        ("What percentage of the votes did he get?", "share"),
        ("At what temperature is it stored?", "temperature"),
        ("What is a prime number?", None),
        ("¿Cuánto cuesta el billete?", None),
    ],
)
def test_a_question_asks_for_a_kind(question: str, kind: str | None) -> None:
    found = kind_asked(question)
    assert (found.name if found else None) == kind


@pytest.mark.parametrize(
    ("question", "text", "given"),
    [
        ("How heavy is the pump?", "The pump weighs 61 kg.", True),
        ("How heavy is the pump?", "The pump delivers 45 cubic metres per hour.", False),
        ("How deep is the water?", "Boats of two metres draught moor here.", True),
        ("How deep is the water?", "Boats announce themselves on channel 12.", False),
        ("What does the ticket cost?", "Admission is 9 euros.", True),
        ("What does the ticket cost?", "The museum shows 430 clocks.", False),
        ("How many musicians does it have?", "It has twenty-four musicians.", True),
        ("How many musicians does it have?", "It was founded in 1946.", False),
        ("When was the bridge built?", "The bridge of Svindersund was built in 1946.", True),
        ("When was the bridge of 1946 repaired?", "The bridge of 1946 is of stone.", False),
        ("Who designed the bridge of Svindersund?", "The bridge was drawn by Karin Holm.", True),
        ("Who designed the bridge of Svindersund?", "The bridge of Svindersund is of stone.", False),
        ("How tall is the lighthouse?", "It is 28 metres high.", True),
        ("How tall is the lighthouse?", "Its light is seen for 14 miles.", False),
        ("How deep is the quay?", "Boats longer than 14 metres moor at the quay.", False),
        ("How wide may signs be?", "No sign may be wider than two metres.", True),
        ("How loud is the pump?", "The pump weighs 61 kg.", False),
        ("How loud is the pump?", "At full load it makes 64 dB.", True),
        ("At what time does the tour start?", "Tours start at 11 am.", True),
        ("At what time does the tour start?", "Tours start on the third floor.", False),
        ("How long does it take?", "It takes three hours.", True),
        ("How long does it take?", "It takes three people.", False),
        ("How large a room does it heat?", "It heats rooms of up to 90 m².", True),
        ("Who was excluded?", "People with kidney stones were excluded.", True),
    ],
)
def test_a_text_has_an_answer_of_the_kind_or_not(question: str, text: str, given: bool) -> None:
    kind = kind_asked(question)
    assert kind
    assert kind.is_in(text, set(terms(question))) == given


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many ships are there?", "The office opens at 8:30 am."),
        ("How many ships are there?", "The fee is 280 crowns, or 12 %, from 14 March on."),
        ("When was the hall built?", "The large hall has 820 seats and 1,400 lamps."),
        ("How heavy may a parcel be?", "It arrives in two working days."),
        ("How often are passwords changed?", "It carries a warranty of seven years."),
        ("How large is the orchard?", "It has 1,400 trees."),
        ("Who leads the desk?", "On Monday you get your badge in room 2.14 at Malmö."),
        ("Who leads the office?", "The office of Lundvik opens at eight."),
        ("When does the shop open?", "A bottle costs 3.20 euros."),
        ("How fast is the train?", "It climbs 640 metres."),
        ("Where may I park?", "It opened in 1988."),
    ],
)
def test_numbers_and_names_of_another_kind_are_no_answer(question: str, text: str) -> None:
    assert kind_is_missing(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many guests came?", "It was attended by 2000 guests."),
        ("In what year was the act passed?", "The act of 1996 recognises two types."),
        ("When does the office open?", "It opens at eight."),
        ("How long must a password be?", "It has at least 14 characters."),
        ("How often is it cleaned?", "It is cleaned twice a year."),
        ("How large is the budget?", "It is 2.4 million euros."),
        ("In which century was it founded?", "It goes back to the early nineteenth century."),
        ("Who may dispense drugs?", "Only pharmacists may."),
        ("Who founded it?", "She founded it with her brother."),
    ],
)
def test_an_answer_may_have_many_forms(question: str, text: str) -> None:
    assert not kind_is_missing(question, text)


@pytest.mark.parametrize(
    ("language", "question", "answer", "other"),
    [
        ("de", "Wann wurde sie gebaut?", "Sie wurde 1874 gebaut.", "Sie ist aus Stein."),
        ("de", "Wer hat sie entworfen?", "Karin Holm hat sie entworfen.", "Sie wurde 1874 aus Stein gebaut."),
        ("de", "Was kostet ein Buch?", "Ein Buch kostet neun Euro.", "Sie öffnet um zehn Uhr."),
        ("de", "Wie lange reift er?", "Er reift elf Monate.", "Er wiegt sieben Kilogramm."),
        ("de", "Wie schwer ist sie?", "Sie wiegt 52 kg.", "Sie fördert viel Wasser."),
        ("de", "Wie hoch ist der Turm?", "Er ist 28 Meter hoch.", "Er wurde 1874 gebaut."),
        ("de", "Wie viele Bücher sind es?", "Es sind acht Bücher.", "Sie öffnet um 10:30 Uhr."),
        ("es", "¿Cuándo fue construido?", "Fue construido en 1862.", "Es de piedra."),
        ("es", "¿Quién lo diseñó?", "Lo diseñó Inés Valcárcel.", "Fue construido en piedra de Liria."),
        ("es", "¿Cuánto cuesta un litro?", "Cuesta seis euros.", "Se prensa en noviembre."),
        ("es", "¿Cuántos libros son?", "Son seis libros.", "Abre a las 10:30."),
        ("es", "¿Cuánto dura el contrato de alquiler?", "Dura cuatro años.", "Cuesta seis euros."),
        ("es", "¿Cada cuánto sale?", "Sale cada dos horas.", "Tiene siete vagones."),
        ("es", "¿Dónde nació?", "Nació en Betanzos.", "Nació en 1901."),
    ],
)
def test_german_and_spanish_have_kinds_of_their_own(language: str, question: str, answer: str, other: str) -> None:
    assert not kind_is_missing(question, answer, language, language)
    assert kind_is_missing(question, other, language, language)


def test_the_kind_is_looked_for_in_the_language_of_the_text() -> None:
    assert not kind_is_missing("How heavy is the pump?", "La bomba pesa siete kilos.", "en", "es")
    assert kind_is_missing("How heavy is the pump?", "La bomba es de piedra.", "en", "es")
    assert not kind_is_missing("How heavy is the pump?", "Насос из камня.", "en", "CYRILLIC")


def test_what_is_counted_is_the_word_before_the_verb() -> None:
    assert [counted("How many loading gates does the warehouse have?")] == terms("gates")
    assert counted("How much does it cost?") is None
    assert counted("Who counts the gates?") is None


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Which actress sang for the queen?", "actress"),
        ("What team colour did the guests wear?", "team colour"),
        ("What is the scale for hurricanes called?", "called"),
        ("What did the guests wear?", ""),
        ("How deep is the quay?", ""),
    ],
)
def test_an_answer_need_not_say_the_words_that_name_what_is_asked_for(question: str, words: str) -> None:
    assert unsaid(question) & set(terms(question)) == set(terms(words))
