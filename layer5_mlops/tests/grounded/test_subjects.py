"""The subject of a sentence is that of its source."""

import pytest

from api.services.rag.checking.subjects import is_exchanged, subject
from api.services.rag.checking.windows import windows_of
from api.services.text.terms import terms
from tests.services.passages import hit

TAX = (
    "Rates\n\nEmployees of the town pay between 14% and 42% of their income. Pensioners are exempt. "
    "The office answers within six weeks. It was founded by Lena Kask."
)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("The dark roast turns green coffee brown.", "dark roast"),
        ("**Light roasts** keep their acidity.", "light roasts"),
        ("According to the text, the town office answers.", "town office"),
        ("In 2020, pensioners were exempt.", "pensioners"),
        ("It was founded by Lena Kask.", "founded"),
        ("The name of the colony is Fort Caroline.", ""),
        ("…", ""),
        ("", ""),
    ],
)
def test_the_first_content_words_stand_for_the_subject(sentence: str, words: str) -> None:
    assert subject(sentence) == frozenset(terms(words))


def exchanged(sentence: str, start: str) -> bool:
    """Whether the sentence has another subject than each window that begins with `start`."""
    windows = [one for one in windows_of([hit(TAX, filename="tax.txt")])[1] if one.span.text.startswith(start)]
    assert windows
    return all(is_exchanged(subject(sentence), frozenset(terms(sentence)), window) for window in windows)


@pytest.mark.parametrize(
    ("sentence", "start"),
    [
        ("Pensioners pay between 14% and 42% of their income.", "Employees"),
        ("According to the rates, the office pays between 14% and 42% of its income.", "Employees"),
    ],
)
def test_a_subject_from_another_passage_is_exchanged(sentence: str, start: str) -> None:
    assert exchanged(sentence, start)


@pytest.mark.parametrize(
    ("sentence", "start"),
    [
        ("Town employees pay between 14% and 42%.", "Employees"),
        ("Workers pay between 14% and 42% of their income.", "Employees"),  # no word of the chunk: a paraphrase
        ("The tax rates of employees are between 14% and 42%.", "Employees"),  # the file and the title
        ("The office was founded by Lena Kask.", "It was"),
        ("They pay between 14% and 42% of their income.", "Employees"),
        ("Employment in the town costs 14% to 42% of the income.", "Employees"),
        ("Employees pay, and pensioners are exempt.", "Employees"),
    ],
)
def test_paraphrases_pronouns_and_what_the_chunk_is_about_are_not_exchanged(sentence: str, start: str) -> None:
    assert not exchanged(sentence, start)
