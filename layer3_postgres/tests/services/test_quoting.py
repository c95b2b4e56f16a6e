"""Choosing the sentences that carry the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.services.rag.quoting.quoter import EMBEDDED, QUOTES, Quoter
from api.services.text.records import name_of
from tests.services.passages import WordVectors, hit

TOWER = "The tower stands in Paris. It was designed by Gustave Eiffel. Visitors pay a fee. It is made of iron."


async def test_the_best_quote_answers_and_has_its_exact_offsets() -> None:
    document = "Preface. " + TOWER
    found = hit(TOWER, start=9)
    best, *_ = await Quoter(WordVectors()).quotes("Who designed the tower?", [found])
    assert best.text == "It was designed by Gustave Eiffel."
    assert document[best.start : best.end] == best.text
    assert best.hit is found


async def test_a_word_that_is_only_in_the_context_or_the_file_name_counts() -> None:
    texts = "It was opened in 1889. It is made of iron."
    eiffel = hit(texts, filename="eiffel_tower.txt")
    other = hit("The bridge was opened in 1900. It is made of stone.", filename="bridge.txt")
    best, *_ = await Quoter(WordVectors()).quotes("When was the Eiffel tower opened?", [other, eiffel])
    assert best.text == "It was opened in 1889."


async def test_a_quote_goes_on_with_the_sentences_that_speak_of_it() -> None:
    branch = hit("The Riga branch has 57 employees. It was opened in 2015. Its manager is Ilze. The office is red.")
    best, *_ = await Quoter(WordVectors()).quotes("Who leads the Riga branch?", [branch])
    assert best.text == "The Riga branch has 57 employees. It was opened in 2015. Its manager is Ilze."
    assert branch.text[best.start : best.end] == best.text


async def test_a_quote_that_has_all_words_of_the_question_does_not_go_on() -> None:
    branch = hit("The Riga branch has 57 employees. It was opened in 2015.")
    best, *_ = await Quoter(WordVectors()).quotes("How many employees has the Riga branch?", [branch])
    assert best.text == "The Riga branch has 57 employees."


async def test_quotes_are_few_distinct_and_best_first() -> None:
    hits = [hit(TOWER), hit(TOWER, start=500), hit("The tower is high. " * 5, filename="b.txt")]
    quotes = await Quoter(WordVectors()).quotes("Where does the tower stand?", hits)
    assert 1 <= len(quotes) <= QUOTES
    assert len({quote.text for quote in quotes}) == len(quotes)
    assert [quote.score for quote in quotes] == sorted((quote.score for quote in quotes), reverse=True)


async def test_a_sentence_is_preferred_to_a_title() -> None:
    found = hit("Installing the server\n\nThe server is installed by one command, make run.")
    best, *_ = await Quoter(WordVectors()).quotes("How is installing the server done?", [found])
    assert best.text == "The server is installed by one command, make run."


async def test_a_passage_with_the_code_of_the_question_is_preferred() -> None:
    other = hit("Wait until the display shows IGN.", filename="start.txt")
    codes = hit("E03 | gas too hot\nE05 | no pellets, refill the hopper", filename="codes.txt")
    best, *_ = await Quoter(WordVectors()).quotes("What is E05 on the display?", [other, codes])
    assert best.text == "E05 | no pellets, refill the hopper"


async def test_a_passage_with_an_answer_of_the_kind_that_is_asked_for_is_preferred() -> None:
    found = hit("The tower was closed in 1946. The tower was closed to visitors.")
    best, *_ = await Quoter(WordVectors()).quotes("When was the tower closed?", [found])
    assert best.text == "The tower was closed in 1946."


async def test_what_defines_an_acronym_is_quoted_first_if_its_meaning_is_asked() -> None:
    hits = [
        hit("The primary outcome was the number of confirmed ARI.", filename="outcome.txt"),
        hit("Vitamin D has been linked to acute respiratory infection (ARI).", filename="abstract.txt"),
    ]
    for question, at in (("What does ARI stand for?", 1), ("Was the number of ARI an outcome?", 0)):
        best, *_ = await Quoter(WordVectors()).quotes(question, hits)
        assert best.text == hits[at].text


async def test_only_the_likeliest_sentences_are_embedded() -> None:
    vectors = WordVectors()
    long = hit(" ".join(f"Sentence number {n} is about towers." for n in range(60)))
    await Quoter(vectors).quotes("Which tower?", [long])
    assert len(vectors.asked) == EMBEDDED


async def test_without_hits_there_are_no_quotes() -> None:
    assert await Quoter(WordVectors()).quotes("Who?", []) == []


async def test_the_best_span_of_a_claim_is_a_passage_of_its_source() -> None:
    found = hit(TOWER, start=40)
    span = await Quoter(WordVectors()).best_span("The tower is iron.", found)
    assert (span.start, span.end) == (40 + TOWER.index("It is made"), 40 + len(TOWER))


async def test_a_source_without_words_is_cited_whole() -> None:
    span = await Quoter(WordVectors()).best_span("Anything", hit("* * *", start=7))
    assert (span.start, span.end, span.text) == (7, 12, "* * *")


@given(st.text(min_size=1), st.text(), st.integers(0, 1000))
async def test_quotes_equal_the_stored_text_at_their_offsets(text: str, question: str, start: int) -> None:
    found = hit(text, start=start)
    quoter = Quoter(WordVectors())
    for quote in [*await quoter.quotes(question, [found]), await quoter.best_span(question, found)]:
        assert text[quote.start - start : quote.end - start] == quote.text


async def test_the_step_after_another_one_is_quoted_with_it() -> None:
    steps = hit("1. Scan the receipt.\n2. Sign the form.\n3. Send it to the office.\n")
    found = await Quoter(WordVectors()).quotes("What comes after I sign the form?", [steps])
    assert found[0].text == "2. Sign the form.\n3. Send it to the office."


async def test_the_same_sentence_of_several_documents_is_quoted_from_each_if_all_are_asked_for() -> None:
    fans = [hit("The housing is made of plastic.", filename=f"fan {number}.txt") for number in (1, 2)]
    found = await Quoter(WordVectors()).quotes("List all fans with a housing of plastic.", fans)
    assert {one.hit.filename for one in found} == {"fan 1.txt", "fan 2.txt"}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Subscription services (4) | 8,716 | 9,894", "Subscription services"),
        ("Taxes payable $ 1,544 $ 467", "Taxes payable"),
        ("Cost of warranty claims (534) (636)", "Cost of warranty claims"),
        ("Operating expenses: |  | ", ""),
        (" | 2022 | 2021", ""),
        ("The mill was built in 1902 and renewed in 1950.", ""),
    ],
)
def test_the_name_of_a_row_of_figures(line: str, name: str) -> None:
    assert name_of(line) == name


async def test_a_row_that_the_question_names_is_preferred_to_prose_about_it() -> None:
    prose = hit(
        "Tax expense rose in the year 2021, mainly by exports to the north and by higher rates in two countries."
    )
    rows = hit("Sales | 5,446 | 6,464\nTax expense (2) | 3,624 | 2,625", filename="report.txt")
    best, *_ = await Quoter(WordVectors()).quotes("What was the tax expense of the year 2021?", [prose, rows])
    assert best.text == "Tax expense (2) | 3,624 | 2,625"


async def test_a_row_that_the_question_names_is_quoted_from_any_hit() -> None:
    others = [hit(f"Costs of the year {year} were driven by wages.", filename=f"{year}.txt") for year in range(4)]
    rows = hit("Accrued costs $ 143 $ 149\nCosts of wages $ 187 $ 176\nOther $ 165 $ 186", filename="notes.txt")
    quotes = await Quoter(WordVectors()).quotes("What were the costs of wages?", [*others, rows])
    assert quotes[0].text == "Costs of wages $ 187 $ 176"
    prose = hit("Costs of wages rose.", filename="notes.txt")
    quotes = await Quoter(WordVectors()).quotes("What were the costs of wages?", [*others, prose])
    assert prose not in [quote.hit for quote in quotes]
