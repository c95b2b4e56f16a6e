"""Answers without a language model: quotes with their sources."""

import re

import pytest

from tests.library import Reader

Park = dict[str, list[str]]

MOOSE = (
    "The moose park at Grönåsen was opened in 1992. It keeps eleven moose in a forest of nine hectares. "
    "The park is closed in winter.\n"
)
QUESTION = "When was the moose park at Grönåsen opened?"


@pytest.fixture
async def park(reader: Reader) -> Park:
    return {"document_ids": [(await reader.upload(MOOSE, "moose.txt")).json()["id"]]}


async def test_the_answer_consists_of_quotes_and_every_marker_has_its_source(reader: Reader, park: Park) -> None:
    answer = await reader.post("/chat", message=QUESTION, **park)
    assert (answer["grounded"], answer["refusal"], answer["provider"]) == (True, None, "extractive")
    assert "opened in 1992" in answer["response"]
    markers = {int(number) for number in re.findall(r"\[(\d+)\]", answer["response"])}
    assert markers == {source["marker"] for source in answer["sources"]}
    for source in answer["sources"]:
        assert await reader.holds(source)
        assert source["quote"].strip() in answer["response"]
    assert answer["latency_ms"] > 0


async def test_the_same_question_has_the_same_answer(reader: Reader, park: Park) -> None:
    first, second = [await reader.post("/chat", message=QUESTION, **park) for _ in range(2)]
    assert (first["response"], first["sources"]) == (second["response"], second["sources"])


async def test_a_stream_ends_with_the_answer_of_chat(reader: Reader, park: Park) -> None:
    plain = await reader.post("/chat", message=QUESTION, **park)
    answer = await reader.http.post(f"{reader.url}/chat/stream", json={"message": QUESTION, **park})
    kinds = re.findall(r"^event: (\w+)$", answer.text, re.MULTILINE)
    assert (kinds[0], kinds[-1], set(kinds[1:-1])) == ("sources", "done", {"token"})
    assert plain["response"].split("\n")[0][:20] in answer.text


async def test_a_follow_up_question_is_resolved_with_the_history(reader: Reader, park: Park) -> None:
    history = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "“The moose park at Grönåsen was opened in 1992.” [1]"},
    ]
    answer = await reader.post("/chat", message="How many moose does it keep?", history=history, **park)
    assert answer["grounded"]
    assert "eleven" in answer["response"]


async def test_footnotes_of_a_document_are_not_markers(reader: Reader) -> None:
    text = "The observatory of Saltsjöbaden was founded in 1931 [1] by the academy [2, 14].\n"
    document = await reader.uploaded(text, "observatory.txt")
    only = {"document_ids": [document["id"]]}
    answer = await reader.post("/chat", message="When was the observatory of Saltsjöbaden founded?", **only)
    assert re.findall(r"\[[\d, ]+\]", answer["response"]) == [f"[{s['marker']}]" for s in answer["sources"]] == ["[1]"]
    assert "1931 [1]" in answer["sources"][0]["quote"]
    assert await reader.holds(answer["sources"][0])


async def test_without_documents_the_answer_is_a_refusal_with_its_reason(alone: Reader) -> None:
    answer = await alone.post("/chat", message="Anything?")
    assert (answer["refusal"], answer["grounded"], answer["sources"]) == ("no_documents", False, [])
    assert answer["nearest"] == []
    assert "Upload one" in answer["response"]


async def test_without_relevant_documents_the_answer_is_a_refusal_with_its_reason(reader: Reader, park: Park) -> None:
    answer = await reader.post("/chat", message="Which treaty ended the Peloponnesian war?", **park)
    assert (answer["refusal"], answer["grounded"], answer["sources"]) == ("nothing_relevant", False, [])


async def test_a_refusal_shows_the_nearest_passages(reader: Reader) -> None:
    text = "The lighthouse of Ramskär was lit in 1871.\n\nIts keeper lived in a cottage beside the tower."
    document = await reader.uploaded(text, "lighthouse.txt")
    question = "Which treaty ended the war over the lighthouse of Borgholm?"
    answer = await reader.post("/chat", message=question, document_ids=[document["id"]])
    assert answer["refusal"] == "nothing_relevant"
    assert [passage["marker"] for passage in answer["nearest"]][:1] == [1]
    assert "[1]" not in answer["response"]
    assert len(answer["nearest"]) <= 3
    for passage in answer["nearest"]:
        assert await reader.holds(passage)


async def test_an_answer_has_no_nearest_passages(reader: Reader) -> None:
    document = await reader.uploaded("The ferry of Ramskär carries forty cars to the island.", "ferry.txt")
    question = "How many cars does the ferry of Ramskär carry?"
    answer = await reader.post("/chat", message=question, document_ids=[document["id"]])
    assert (answer["refusal"], answer["nearest"]) == (None, [])


async def test_without_documents_and_without_a_model_nothing_is_invented(reader: Reader) -> None:
    question = "Which treaty ended the Peloponnesian war?"
    for body in ({"use_rag": False}, {"on_no_evidence": "answer"}):
        answer = await reader.post("/chat", message=question, **body)
        assert (answer["grounded"], answer["sources"]) == (False, [])
        assert "treaty of" not in answer["response"].lower()


async def test_a_source_names_its_page(reader: Reader) -> None:
    from tests.parsing.documents import pdf

    document = await reader.uploaded(pdf("A cover.", "The drawbridge of Hälleberg is raised at noon."), "castle.pdf")
    only = {"document_ids": [document["id"]]}
    answer = await reader.post("/chat", message="When is the drawbridge of Hälleberg raised?", **only)
    assert [source["page"] for source in answer["sources"]] == [2]


@pytest.mark.parametrize("body", [{"top_k": 0}, {"top_k": 51}, {"on_no_evidence": "guess"}, {"use_rag": "perhaps"}])
async def test_a_wrong_field_is_422(reader: Reader, body: dict[str, object]) -> None:
    answer = await reader.http.post(f"{reader.url}/chat", json={"message": "x"} | body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_part_of_a_document_need_not_repeat_the_name_with_which_the_document_begins(reader: Reader) -> None:
    prose = "The shipyard expects orders for ferries and tugs from the north, and it hires welders every spring. " * 12
    report = (
        f"# Annual report of Hallberg Marine\n\nIt is about the year 2031.\n\n## Outlook\n\n{prose}\n\n## Debts\n\n"
    )
    table = (
        "| in thousands | 2031 | 2030 |\n|---|---|---|\n| Accounts payable | 48,343 | 54,763 |\n| Deferred | 7 | 6 |\n"
    )
    document = await reader.uploaded(report + table, "report.md")
    only = {"document_ids": [document["id"]]}
    answer = await reader.post("/chat", message="What were the accounts payable of Hallberg Marine in 2031?", **only)
    assert "48,343" in answer["response"]
    answer = await reader.post("/chat", message="What were the accounts payable of Hallberg Shipping in 2031?", **only)
    assert answer["refusal"] == "nothing_relevant"
