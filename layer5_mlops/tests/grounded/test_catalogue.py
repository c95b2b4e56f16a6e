"""Messages about the library, and about whole documents: no search serves them."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.library import Reader
from tests.models.tiny import minilm_folder

BRIDGE = "The Svindersund bridge was opened in 1946. Its architect was Karin Holm."
SHIPYARD = "\n\n".join(
    f"Pier {n} of the Fårö shipyard. " + f"Timber, tar and rope number {n} are kept here. " * 20 for n in range(8)
)


@pytest.fixture
def library(http: httpx2.AsyncClient, serve: Callable[..., str]) -> Reader:
    """An empty library without a language model."""
    return Reader(http, serve(llm_provider="extractive", use_rag=True, embedding_path=minilm_folder()))


async def ask(reader: Reader, message: str, **more: Any) -> dict[str, Any]:
    return dict(await reader.post("/chat", message=message, **more))


async def test_the_documents_are_listed_and_counted(library: Reader) -> None:
    assert (await ask(library, "Which documents do you have?"))["response"] == "There are no documents yet."
    await library.uploaded(BRIDGE, "bridge.txt")
    assert (await ask(library, "How many documents are there?"))["response"] == "There is 1 document:\n\n- bridge.txt"
    await library.uploaded(SHIPYARD, "shipyard.txt")
    answer = await ask(library, "Which documents do you have?")
    assert answer["response"] == "There are 2 documents:\n\n- shipyard.txt\n- bridge.txt"
    assert (answer["refusal"], answer["sources"]) == (None, [])
    assert "own list" in answer["notice"]


async def test_a_document_is_found_by_its_name_or_by_the_words_of_its_name(library: Reader) -> None:
    await library.uploaded(BRIDGE, "Svindersund bridge.txt")
    await library.uploaded(SHIPYARD, "shipyard.txt")
    for message in ("What is in Svindersund bridge.txt?", "Summarise the Svindersund bridge document."):
        answer = await ask(library, message)
        assert {source["filename"] for source in answer["sources"]} == {"Svindersund bridge.txt"}
        assert answer["grounded"]


@pytest.mark.parametrize(
    "message",
    [
        "What is in bridge-guide.txt?",
        "What is in 7-bridge-guide.txt?",
        "What is in the bridge guide?",
        "Summarise bridge guide.txt.",
    ],
)
async def test_a_document_says_what_is_in_it_by_its_beginning(library: Reader, message: str) -> None:
    await library.uploaded(BRIDGE, "7-bridge-guide.txt")
    await library.uploaded(SHIPYARD, "shipyard.txt")
    answer = await ask(library, message)
    assert [source["quote"] for source in answer["sources"]] == [BRIDGE]
    assert all([await library.holds(source) for source in answer["sources"]])


async def test_a_document_with_headings_says_its_beginning_and_its_parts(library: Reader) -> None:
    text = "# Bridges\n\nOf Svindersund.\n\n" + "\n\n".join(f"## {name}\n\nRope. {name}." for name in ("Old", "New"))
    await library.uploaded(text, "bridges.md")
    await library.uploaded(SHIPYARD, "shipyard.txt")
    answer = await ask(library, "What is in bridges.md?")
    quotes = [source["quote"] for source in answer["sources"]]
    assert "Of Svindersund." in quotes[0]
    assert quotes[1:] == ["Old", "New"]
    assert all([await library.holds(source) for source in answer["sources"]])


async def test_the_documents_about_a_subject_are_listed_with_a_passage_of_each(library: Reader) -> None:
    await library.uploaded(BRIDGE, "bridge.txt")
    await library.uploaded("The ferry to Fårö takes bicycles. It sails at noon.", "ferry.txt")
    await library.uploaded("A ferry has no brakes.", "notes.txt")
    answer = await ask(library, "Which documents do you have about the ferry?")
    assert {source["filename"] for source in answer["sources"]} == {"ferry.txt", "notes.txt"}
    assert "- notes.txt: “A ferry has no brakes.” [" in answer["response"]
    assert "may not have found all" in answer["notice"]
    for claim in answer["claims"]:
        assert answer["response"][claim["start"] : claim["end"]].startswith("“")
    assert (await ask(library, "Which documents are about tungsten?"))["refusal"] == "nothing_relevant"


async def test_an_answer_of_several_documents_says_that_it_is_no_count(library: Reader) -> None:
    for town, people in (("Visby", 40), ("Lund", 55)):
        await library.uploaded(f"The office in {town} has {people} desks.", f"{town}.txt")
    everywhere = await ask(library, "How many desks do the offices have?")
    assert len(everywhere["sources"]) == 2
    assert "samples" in everywhere["notice"]
    assert (await ask(library, "Where is the office with desks?"))["notice"] is None


async def test_a_follow_up_about_something_new_is_answered_without_the_old_subject(library: Reader) -> None:
    await library.uploaded("Working hours are from 8:30 to 17:00. Visitors register at the gate.", "house.txt")
    await library.uploaded("Train tickets are booked in second class.", "travel.txt")
    past = [{"role": "user", "content": "What are the working hours?"}, {"role": "assistant", "content": "8:30."}]
    for question, quote in (
        ("What about visitors?", "Visitors register at the gate."),
        ("And train tickets?", "Train tickets are booked in second class."),
    ):
        answer = await ask(library, question, history=past)
        assert answer["sources"][0]["quote"] == quote


async def test_a_summary_of_nothing_that_is_there_is_searched_for(library: Reader) -> None:
    await library.uploaded(BRIDGE, "bridge.txt")
    answer = await ask(library, "Summarise the history of tungsten hexafluoride.")
    assert answer["refusal"] == "nothing_relevant"


async def test_a_model_gets_the_beginning_and_passages_from_all_parts(
    http: httpx2.AsyncClient, serve: Callable[..., str], scripted: Any
) -> None:
    reader = Reader(http, serve(**scripted.settings, use_rag=True, embedding_path=minilm_folder()))
    document = await reader.uploaded(SHIPYARD, "shipyard.txt")
    await reader.uploaded(BRIDGE, "bridge.txt")
    scripted.says("Timber, tar and rope are kept at the shipyard [1].")
    answer = await ask(reader, "Summarise shipyard.txt.", top_k=4)
    assert document["chunks"] > 4
    assert "Pier 0 of" in scripted.prompts[-1]
    assert "Pier 6 of" in scripted.prompts[-1]
    assert "bridge" not in scripted.prompts[-1]
    assert answer["grounded"]


async def test_a_model_is_not_asked_what_the_catalogue_knows(
    http: httpx2.AsyncClient, serve: Callable[..., str], scripted: Any
) -> None:
    reader = Reader(http, serve(**scripted.settings, use_rag=True))
    await reader.uploaded(BRIDGE, "bridge.txt")
    assert "bridge.txt" in (await ask(reader, "Which documents do you have?"))["response"]
    assert scripted.prompts == []
    scripted.says("You are welcome.")
    assert (await ask(reader, "Thanks!"))["response"] == "You are welcome."
    assert scripted.prompts == ["Thanks!"]


@pytest.mark.parametrize(
    "question", ["What is the tarif for kyaks?", "kayaks tariff", "How much is the trif of kajaks?", "kayacks?"]
)
async def test_words_that_are_one_letter_apart_from_those_of_the_library_find_them(
    library: Reader, question: str
) -> None:
    for n in range(12):
        await library.uploaded(f"Boat house {n} opens at {n} in the morning. It has {n} doors and a lake.", f"h{n}.txt")
    await library.uploaded("The tariff of kayaks is 12 euros an hour.", "rent.txt")
    answer = await ask(library, question)
    assert answer["sources"][0]["quote"] == "The tariff of kayaks is 12 euros an hour."


async def test_a_word_that_the_library_lacks_altogether_is_not_taken_for_another(library: Reader) -> None:
    await library.uploaded("The tariff of kayaks is 12 euros an hour.", "rent.txt")
    assert (await ask(library, "What is the wavelength of infrared photons?"))["refusal"] == "nothing_relevant"
