"""Answers that a language model writes: every marker is checked, and every quote equals the stored text."""

import json
import re
from typing import Any

import openai
import pytest

from api.services.rag.prompt import WEAK
from tests.grounded.conftest import prompt_of
from tests.library import Reader
from tests.servers.ollama import OllamaServer

QUESTION = "Who was the architect of the Svindersund bridge?"


async def ask(asker: Reader, **more: Any) -> dict[str, Any]:
    return dict(await asker.post("/chat", **{"message": QUESTION} | more))


async def streamed(asker: Reader, **more: Any) -> list[tuple[str, Any]]:
    answer = await asker.http.post(f"{asker.url}/chat/stream", json={"message": QUESTION} | more)
    blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in answer.text.strip().split("\n\n")]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


async def test_a_valid_marker_leads_to_the_sentence_that_carries_the_claim(asker: Reader, model: OllamaServer) -> None:
    model.words = ("The architect ", "was Karin Holm ", "[1].")
    answer = await ask(asker)
    assert answer["response"] == "The architect was Karin Holm [1]."
    assert (answer["grounded"], answer["refusal"], answer["removed_markers"]) == (True, None, 0)
    [source] = answer["sources"]
    assert (source["marker"], source["filename"]) == (1, "bridge.txt")
    assert source["quote"].strip().startswith("Its architect was Karin Holm")
    assert await asker.holds(source)


@pytest.mark.parametrize(
    ("words", "response", "removed"),
    [
        (("The architect was Karin Holm [1][9]."), "The architect was Karin Holm [1].", 1),
        (("The architect was Karin Holm [1-2]."), "The architect was Karin Holm [1].", 0),
        (("The architect was Karin Holm [12]."), "The architect was Karin Holm. [1]", 1),
        (("The architect was Karin Holm [2]."), "The architect was Karin Holm [1].", 0),
        (("The architect was Karin Holm."), "The architect was Karin Holm. [1]", 0),
        (("The architect ", "was Karin Holm ", "[", "1", "]", "."), "The architect was Karin Holm [1].", 0),
        (("The architect was Karin Holm 【1】."), "The architect was Karin Holm [1].", 0),
        (("The architect was Karin Holm (source 1)."), "The architect was Karin Holm [1].", 0),
        (("[1] The architect was Karin Holm."), "[1] The architect was Karin Holm.", 0),
        (("The architect was Karin Holm [1] ["), "The architect was Karin Holm [1] [", 0),
    ],
    ids=str,
)
async def test_each_sentence_has_the_markers_of_the_sources_that_support_it(
    asker: Reader, model: OllamaServer, words: tuple[str, ...] | str, response: str, removed: int
) -> None:
    model.words = (words,) if isinstance(words, str) else words
    events = await streamed(asker)
    shown = "".join(data["text"] for event, data in events if event == "token")
    done = events[-1][1]
    assert done["response"] == response
    assert done["revised"] == (shown != response)
    assert (done["removed_markers"], done["grounded"]) == (removed, True)
    assert [source["marker"] for source in done["sources"]] == [1]


async def test_the_model_may_say_that_the_documents_do_not_say(asker: Reader, model: OllamaServer) -> None:
    model.words = ("The documents do not say [1].",)
    answer = await ask(asker)
    assert (answer["grounded"], answer["sources"], answer["refusal"]) == (False, [], "model_found_nothing")
    assert answer["response"] == "The documents do not say."
    assert answer["notice"].startswith("The nearest passage is in bridge.txt: “")
    assert answer["nearest"][0]["filename"] == "bridge.txt"


@pytest.mark.parametrize(
    ("words", "passed_by"),
    [
        ("The ferry Vega crossed the Svindersund twelve times a day.", True),
        ("The bridge was opened in 1946.", False),
        ("The ferry Vega crossed the Svindersund twelve times a day. The bridge was opened in 1946.", False),
    ],
)
async def test_an_answer_beside_the_question_comes_with_the_best_quote(
    asker: Reader, model: OllamaServer, words: str, passed_by: bool
) -> None:
    model.words = (words,)
    answer = await ask(asker, message="When was the Svindersund bridge opened?")
    assert answer["grounded"]
    assert bool(answer["notice"]) == passed_by
    assert not passed_by or answer["notice"].startswith("The nearest passage is in bridge.txt: “")


async def test_a_stream_has_the_sources_then_tokens_then_the_answer(asker: Reader, model: OllamaServer) -> None:
    model.words = ("The architect was Karin Holm ", "[1].")
    (first, given), *tokens, (last, done) = await streamed(asker)
    assert (first, last, {event for event, _ in tokens}) == ("sources", "done", {"token"})
    assert [source["marker"] for source in given["sources"]] == list(range(1, len(given["sources"]) + 1))
    for source in given["sources"] + done["sources"]:
        assert await asker.holds(source)
    prompt = prompt_of(model)
    for source in given["sources"]:
        assert f"[{source['marker']}] {source['filename']}:" in prompt
    assert [source["chunk_id"] for source in done["sources"]] == [given["sources"][0]["chunk_id"]]
    assert (done["revised"], done["response"]) == (False, "".join(data["text"] for _, data in tokens))


async def test_the_prompt_has_the_sources_the_history_and_the_resolved_question(
    asker: Reader, model: OllamaServer
) -> None:
    model.words = ("It was opened in 1946 [1].",)
    history = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "The architect was Karin Holm [1]."},
    ]
    answer = await ask(asker, message="When was it opened?", history=history)
    assert answer["grounded"]
    sent = model.chats[-1]["messages"]
    assert [message["content"] for message in sent[3:-1]] == [message["content"] for message in history]
    assert "opened in 1946" in prompt_of(model)
    assert "Question: When was it opened?" in prompt_of(model)
    assert "Svindersund" in prompt_of(model).rsplit("Question:", 1)[1]


async def test_only_sources_that_fit_the_models_window_are_sent_and_listed(asker: Reader, model: OllamaServer) -> None:
    text = "\n\n".join(
        f"Pier {n} of the Fårö shipyard: " + "timber, tar and rope are kept here. " * 25 for n in range(9)
    )
    document = await asker.uploaded(text, "shipyard.txt")
    model.words = ("Timber, tar and rope are kept there [1].",)
    question = "What is kept at the piers of the Fårö shipyard?"
    only = {"document_ids": [document["id"]], "top_k": 9, "model": "small:latest", "message": question}
    (_, given), *_, (_, done) = await streamed(asker, **only)
    assert 1 <= len(given["sources"]) < document["chunks"]
    assert done["grounded"]
    options = model.chats[-1]["options"]
    asked = sum(len(message["content"].encode()) for message in model.chats[-1]["messages"]) / 3
    assert options["num_ctx"] == 2048
    assert asked + options["num_predict"] <= 2048
    assert len(re.findall(r"^\[\d\] shipyard.txt:", prompt_of(model), re.MULTILINE)) == len(given["sources"])


async def test_a_long_question_leaves_less_room_for_sources_and_is_no_error(asker: Reader, model: OllamaServer) -> None:
    model.words = ("The architect was Karin Holm [1].",)
    padding = "I have been wondering about this for a long time. " * 100
    answer = await ask(asker, message=padding + QUESTION)
    assert answer["grounded"] or answer["refusal"] == "nothing_relevant"


async def test_without_documents_the_model_gets_the_message_unchanged(asker: Reader, model: OllamaServer) -> None:
    model.words = ("An array: a[1].",)
    events = await streamed(asker, use_rag=False)
    assert [event for event, _ in events] == ["token", "done"]
    assert events[-1][1]["response"] == "An array: a[1]."
    assert prompt_of(model) == QUESTION


async def test_without_evidence_the_model_may_answer_ungrounded(asker: Reader, model: OllamaServer) -> None:
    model.words = ("Bananas are yellow ", "[1].")
    question = "What is the boiling point of tungsten hexafluoride?"
    events = await streamed(asker, message=question, on_no_evidence="answer")
    assert events[0] == ("sources", {"sources": []})
    done = events[-1][1]
    assert (done["grounded"], done["sources"], done["refusal"]) == (False, [], None)
    assert (done["response"], done["removed_markers"]) == ("Bananas are yellow [1].", 0)
    assert prompt_of(model) == question


async def test_the_model_is_told_that_the_evidence_is_weak_and_what_it_invents_is_refused(
    asker: Reader, model: OllamaServer
) -> None:
    model.words = ("It boils at 17 degrees [1].",)
    answer = await ask(asker, message="What is the boiling point of tungsten hexafluoride?")
    assert (answer["refusal"], answer["grounded"], answer["sources"]) == ("nothing_relevant", False, [])
    assert WEAK in prompt_of(model)
    assert (answer["provider"], answer["model"]) == ("ollama", "tiny:latest")


async def test_a_document_that_is_deleted_while_the_model_writes_is_no_source(
    asker: Reader, model: OllamaServer
) -> None:
    document = await asker.uploaded("The harbour pilot of Ölandsbron is called Sixten Rask.", "pilot.txt")
    model.behaviour, model.delay, model.words = "slow", 0.5, ("He is called Sixten Rask [1].",)
    body = {"message": "What is the harbour pilot of Ölandsbron called?", "document_ids": [document["id"]]}
    async with asker.http.stream("POST", f"{asker.url}/chat/stream", json=body) as answer:
        received = ""
        async for piece in answer.aiter_text():
            if not received:
                assert piece.startswith("event: sources")
                assert await asker.delete(document["id"]) == 204
            received += piece
    done = json.loads(received.rsplit("data: ", 1)[1])
    assert (done["grounded"], done["sources"], done["refusal"]) == (False, [], "nothing_relevant")
    assert "Sixten" not in done["response"]


async def test_an_unknown_model_is_404_before_anything_is_searched(asker: Reader, model: OllamaServer) -> None:
    answer = await asker.http.post(f"{asker.url}/chat", json={"message": "anything", "model": "absent"})
    assert (answer.status_code, answer.json()["code"]) == (404, "model_not_found")


async def test_openai_clients_get_answers_from_the_documents(asker: Reader, model: OllamaServer) -> None:
    model.words = ("The architect was Karin Holm ", "[1]", "[55].")
    client = openai.AsyncOpenAI(base_url=f"{asker.url}/v1", api_key="none", http_client=asker.http, max_retries=0)
    messages: Any = [{"role": "user", "content": QUESTION}]
    answer = await client.chat.completions.create(model="tiny:latest", messages=messages)
    assert answer.choices[0].message.content == "The architect was Karin Holm [1]."
    stream = await client.chat.completions.create(model="tiny:latest", messages=messages, stream=True)
    pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
    assert "".join(pieces) == "The architect was Karin Holm [1]."
