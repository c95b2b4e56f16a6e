"""`mystack ask` streams an answer and prints its sources."""

from collections.abc import Callable

from fastapi.responses import JSONResponse
from typer.testing import Result

from tests.cli.stub_layer import Event, StubLayer

Invoke = Callable[..., Result]

SOURCE = {"marker": 1, "filename": "guide.pdf", "page": 3, "quote": "Cells are\n small.", "score": 0.9}
ANSWER: list[Event] = [
    ("sources", {"sources": [SOURCE]}),
    ("token", {"text": "Cells are "}),
    ("token", {"text": "small [1]."}),
    ("done", {"response": "Cells are small [1].", "sources": [SOURCE, SOURCE | {"marker": 2, "page": None}]}),
]


def test_prints_the_answer_and_its_sources_below(layer: StubLayer, invoke: Invoke) -> None:
    layer.answer = ANSWER
    result = invoke("ask", "What are cells?", "--url", layer.url, "--top-k", 7)
    assert result.exit_code == 0
    assert result.stdout == (
        'Cells are small [1].\n\n[1] guide.pdf, p. 3: "Cells are small."\n[2] guide.pdf: "Cells are small."\n'
    )
    assert layer.asked == [{"message": "What are cells?", "top_k": 7}]


def test_an_answer_without_sources_ends_with_its_text(layer: StubLayer, invoke: Invoke) -> None:
    layer.answer = [("token", {"text": "Hello."}), ("done", {"response": "Hello."})]
    result = invoke("ask", "Hello?", "--url", layer.url)
    assert (result.exit_code, result.stdout) == (0, "Hello.\n")
    assert layer.asked == [{"message": "Hello?"}]


def test_prints_the_checked_answer_where_it_differs_and_lists_unsupported_sentences(
    layer: StubLayer, invoke: Invoke
) -> None:
    response = "🔬 Cells are small [1]. They are\n blue. Zellen leben."
    claims = [
        {"start": 0, "end": 22, "support": "supported", "sources": [1], "evidence": []},
        {"start": 23, "end": 38, "support": "unsupported", "sources": [], "evidence": []},
        {"start": 39, "end": 52, "support": "unknown", "sources": [], "evidence": []},
    ]
    done = {"response": response, "sources": [SOURCE], "claims": claims, "revised": True, "finish_reason": "stop"}
    layer.answer = [("token", {"text": "Cells are small."}), ("done", done)]
    result = invoke("ask", "What are cells?", "--url", layer.url)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"Cells are small.\n\nChecked answer:\n{response}\n"
        "\nNot supported by the sources: They are blue.\n"
        '\n[1] guide.pdf, p. 3: "Cells are small."\n'
    )


def test_prints_the_notice_and_how_the_answer_ended_to_the_standard_error(layer: StubLayer, invoke: Invoke) -> None:
    done = {"response": "Cells", "sources": [SOURCE], "notice": "The model is slow.", "finish_reason": "length"}
    layer.answer = [("token", {"text": "Cells"}), ("done", done | {"provider": "extractive"})]
    result = invoke("ask", "What are cells?", "--url", layer.url)
    assert result.stdout == 'Cells\n\n[1] guide.pdf, p. 3: "Cells are small."\n'
    assert result.stderr == (
        "\nmystack: The model is slow.\n\nmystack: the answer was cut off at its limit of tokens\n"
    )
    layer.answer = [("done", {"response": "", "finish_reason": "content_filter"})]
    result = invoke("ask", "What are cells?", "--url", layer.url)
    assert result.stderr == "\nmystack: the model's content filter ended the answer\n"


def test_says_that_an_answer_cites_no_document(layer: StubLayer, invoke: Invoke) -> None:
    layer.answer = [("token", {"text": "Hello."}), ("done", {"response": "Hello.", "sources": [], "refusal": None})]
    result = invoke("ask", "Hello?", "--url", layer.url)
    assert result.stderr == "\nmystack: this answer cites no document: check it before you rely on it\n"
    layer.answer = [("done", {"response": "I found nothing.", "sources": [], "refusal": "nothing_relevant"})]
    assert invoke("ask", "Hello?", "--url", layer.url).stderr == ""


def test_an_error_before_the_stream_is_printed(layer: StubLayer, invoke: Invoke) -> None:
    layer.answer = JSONResponse({"code": "model_unavailable", "detail": "Start Ollama."}, 503)
    result = invoke("ask", "Hello?", "--url", layer.url)
    assert (result.exit_code, result.stderr) == (1, "mystack: model_unavailable: Start Ollama.\n")


def test_an_error_within_the_stream_is_printed_after_the_text(layer: StubLayer, invoke: Invoke) -> None:
    layer.answer = [("token", {"text": "Cells"}), ("error", {"code": "model_unavailable", "detail": "It hangs."})]
    result = invoke("ask", "Hello?", "--url", layer.url)
    assert (result.exit_code, result.stdout) == (1, "Cells\n")
    assert "model_unavailable: It hangs." in result.stderr


def test_a_stream_without_an_end_event_is_an_error(layer: StubLayer, invoke: Invoke) -> None:
    layer.answer = [("token", {"text": "Cells"})]
    result = invoke("ask", "Hello?", "--url", layer.url)
    assert result.exit_code == 1
    assert "ended before the answer was complete" in result.stderr


def test_no_server_is_one_sentence(invoke: Invoke) -> None:
    result = invoke("ask", "Hello?", "--url", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert result.stderr.startswith("mystack: no server answers at http://127.0.0.1:9")
    assert result.stderr.count("\n") == 1


def test_an_invalid_url_is_one_sentence(invoke: Invoke) -> None:
    result = invoke("ask", "Hello?", "--url", "somewhere")
    assert result.exit_code == 2
    assert "somewhere is not a URL" in result.stderr
