"""Quotes are whole and of what is asked for: lists, halves of sentences, entries, acronyms, data sheets."""

from typing import Any

import pytest

from tests.library import Reader
from tests.parsing.documents import pdf

STEPS = ("Check the oil level", "Close the guard", "Clamp the workpiece", "Choose the speed", "Press the green button")
LATHE = (
    "# Workshop rules\n\nRead them before you begin.\n\n## Starting the lathe\n\n"
    + "\n".join(f"{number}. {step}" for number, step in enumerate(STEPS, 1))
    + "\n\n## Cleaning\n\nThe lathe is cleaned on Fridays.\n"
)
LONG = "# Closing the kiosk\n\n" + "\n".join(
    f"{number}. Bring the {thing} of the kiosk into the back room, count the pieces and write them into the blue list"
    for number, thing in enumerate(
        ("newspapers", "chairs", "umbrellas", "signs", "baskets", "lamps", "crates", "tills"), 1
    )
)
KIT = (
    "The kit of the lifeboat has to contain the following items:\n- two red flares\n- a foghorn\n- one sea anchor\n"
    "- a bailer\n\nThe lifeboat course lasts nine hours.\n"
)
POOL = (
    "<h1>Prices of the swimming pool</h1><dl><dt>Adults</dt><dd>6 euros</dd><dt>Children</dt><dd>2 euros</dd>"
    "<dt>Locker</dt><dd>1 euro deposit</dd></dl>"
)


async def asked(reader: Reader, question: str, *files: tuple[str, str | bytes]) -> dict[str, Any]:
    """The answer from these files alone. Every source holds."""
    ids = [(await reader.uploaded(content, name))["id"] for name, content in files]
    answer: dict[str, Any] = await reader.post("/chat", message=question, document_ids=ids)
    assert all([await reader.holds(source) for source in answer["sources"]])
    return answer


@pytest.mark.parametrize(
    "question",
    [
        "List all steps of starting the lathe.",
        "How many steps does starting the lathe have?",
        "What are the steps for starting the lathe?",
    ],
)
async def test_a_question_for_all_steps_is_answered_by_the_whole_list(reader: Reader, question: str) -> None:
    answer = await asked(reader, question, ("lathe.md", LATHE))
    assert all(step in answer["sources"][0]["quote"] for step in STEPS)


async def test_a_list_in_several_chunks_is_quoted_whole_with_a_marker_for_each_part(reader: Reader) -> None:
    answer = await asked(reader, "List all steps of closing the kiosk.", ("kiosk.md", LONG))
    assert answer["response"].startswith("“1. Bring the newspapers")
    assert "8. Bring the tills" in answer["response"].split("”")[0]
    assert len({source["chunk_id"] for source in answer["sources"]}) > 1
    assert [part["marker"] for part in answer["claims"][0]["evidence"]] == [
        source["marker"] for source in answer["sources"]
    ]


async def test_a_list_is_quoted_with_its_announcement_and_the_text_behind_it_without_it(reader: Reader) -> None:
    answer = await asked(reader, "Which items does the kit of the lifeboat contain?", ("kit.txt", KIT))
    assert answer["sources"][0]["quote"] == KIT.split("\n\n")[0]
    answer = await asked(reader, "How long does the lifeboat course last?", ("kit.txt", KIT))
    assert answer["sources"][0]["quote"] == "The lifeboat course lasts nine hours."


PAGES = (
    "The annual fee of the rowing club is\n\npage 1 of 3",
    "140 euros for adults and 70 euros for pupils. Boats are kept in the shed.\n\npage 2 of 3",
    "The shed is locked at nine.\n\npage 3 of 3",
)


async def test_a_sentence_that_goes_on_over_a_page_is_one_quotation_of_two_sources(reader: Reader) -> None:
    answer = await asked(reader, "How high is the annual fee of the rowing club?", ("rowing.pdf", pdf(*PAGES)))
    whole = "“The annual fee of the rowing club is 140 euros for adults and 70 euros for pupils.” [1][2]"
    assert answer["response"].startswith(whole)
    assert [source["page"] for source in answer["sources"][:2]] == [1, 2]
    assert [part["marker"] for part in answer["claims"][0]["evidence"]] == [1, 2]


async def test_the_second_half_of_a_sentence_is_quoted_with_its_first(reader: Reader) -> None:
    pages = ("The archive is open daily. Visitors of the reading room have", "to register their cameras at the desk.")
    answer = await asked(reader, "Who has to register cameras at the desk?", ("archive.pdf", pdf(*pages)))
    assert "“Visitors of the reading room have to register their cameras at the desk.”" in answer["response"]


async def test_a_sentence_that_ends_with_its_page_stays_alone(reader: Reader) -> None:
    pages = ("The harbour of Ålvik was dug in 1921.", "and the mole was built later.")
    answer = await asked(reader, "When was the harbour of Ålvik dug?", ("mole.pdf", pdf(*pages)))
    assert answer["response"].startswith("“The harbour of Ålvik was dug in 1921.” [1]")


async def test_a_list_goes_on_over_a_page(reader: Reader) -> None:
    pages = ("The pump is started as follows:\n\n1. Open the valve\n\n2. Fill the housing", "3. Read the gauge")
    answer = await asked(reader, "List all steps of starting the pump.", ("pump.pdf", pdf(*pages)))
    assert all(step in answer["response"].split("”")[0] for step in ("pump is started", "Fill the", "Read the gauge"))


@pytest.mark.parametrize(
    ("question", "value"), [("What do children pay?", "2 euros"), ("How much is a locker?", "1 euro")]
)
async def test_of_a_list_of_terms_the_one_that_is_asked_for_is_quoted(
    reader: Reader, question: str, value: str
) -> None:
    answer = await asked(reader, question, ("pool.html", POOL))
    assert value in answer["sources"][0]["quote"]
    assert "6 euros" not in answer["response"]


def sheet(number: int) -> str:
    return (
        f"Heat exchanger HX-{number}\n\nFasten the exchanger to the wall with four screws. Fill the circuit slowly.\n\n"
        f"The maximum pressure is {number // 10} bar.\n\nThe nominal power is {number // 3} kW."
    )


async def test_of_many_data_sheets_the_one_that_is_asked_for_is_quoted_alone(reader: Reader) -> None:
    sheets = [(f"sheet{number}.txt", sheet(number)) for number in range(130, 330, 20)]
    answer = await asked(reader, "What is the maximum pressure of HX-210?", *sheets)
    assert [source["quote"] for source in answer["sources"]] == ["The maximum pressure is 21 bar."]
    both = await asked(reader, "What is the maximum pressure of HX-210 and HX-250?", *sheets)
    assert {source["quote"][24:26] for source in both["sources"]} == {"21", "25"}


@pytest.mark.parametrize("form", ["material safety data sheet", "MSDS"])
async def test_an_acronym_and_its_long_form_find_the_same(reader: Reader, form: str) -> None:
    files = (
        ("safety.txt", "The material safety data sheet (MSDS) lies in the laboratory of Skarnes.\n"),
        ("chemist.txt", "The MSDS of Skarnes is renewed every three years by the chemist.\n"),
    )
    answer = await asked(reader, f"Who renews the {form} of Skarnes?", *files)
    assert "by the chemist" in answer["sources"][0]["quote"]
