"""`mystack eval` measures a layer over HTTP, reports missed targets, and deletes its documents."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mystack.evaluate.questions import read_golden
from tests.evaluate.small_layer import SmallLayer

Invoke = Callable[..., Result]

ARTICLES = {
    "Norway": ("Which glaciers cover Norway?", "Large Norway glaciers are Jostedal and Svartis.", "Jostedal"),
    "Kenya": ("Which wildlife roams across Kenya?", "Kenya wildlife that roams: zebras.", "zebras"),
    "Chile": ("Which deserts stretch through Chile?", "Chile deserts stretch: Atacama.", "Atacama"),
    "Japan": ("Which blossoms bloom around Japan?", "Japan blossoms bloom: cherry.", "cherry"),
}


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    articles = [
        {
            "title": title,
            "paragraphs": [
                {"context": context, "qas": [{"question": question, "answers": [{"text": answer}]}]},
                {"context": f"{title}.", "qas": []},
            ],
        }
        for title, (question, context, answer) in ARTICLES.items()
    ]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": articles}))
    return path


def test_a_layer_that_meets_every_target_passes(layer: SmallLayer, invoke: Invoke, squad: Path) -> None:
    report = squad.with_name("report.json")
    result = invoke("eval", "--squad", squad, "--url", layer.url, "--json", report)
    assert result.exit_code == 0, result.output
    assert "4 questions about 4 documents" in result.stdout
    assert "cores" in result.stdout
    written = json.loads(report.read_text())
    assert written["pass"] is True
    measured = {metric["name"]: metric["measured"]["all"] for metric in written["metrics"]}
    assert measured["R@1, hybrid"] == 1
    assert measured["With half of the documents: the others refused"] == 1
    assert layer.documents == {}


def test_a_quote_that_is_not_in_the_document_fails_the_run(layer: SmallLayer, invoke: Invoke, squad: Path) -> None:
    layer.shift = 1
    result = invoke("eval", "--squad", squad, "--url", layer.url)
    assert result.exit_code == 1
    [line] = [line for line in result.stdout.splitlines() if "equal the stored text" in line]
    assert "NO" in line


def test_documents_that_were_there_before_are_not_searched_and_kept(
    layer: SmallLayer, invoke: Invoke, squad: Path
) -> None:
    same = ARTICLES["Kenya"][1] + "\n\nKenya."
    layer.documents = {"other": "Which glaciers cover Norway? Which deserts stretch through Chile?", "same": same}
    result = invoke("eval", "--squad", squad, "--url", layer.url)
    assert result.exit_code == 0, result.output
    assert set(layer.documents) == {"other", "same"}


def test_without_a_file_the_questions_are_about_the_guides(layer: SmallLayer, invoke: Invoke) -> None:
    result = invoke("eval", "--url", layer.url)
    assert f"about {len(read_golden().documents)} documents" in result.stdout
    assert "Unanswerable questions refused" in result.stdout
    assert layer.documents == {}


def test_no_server_is_one_sentence(invoke: Invoke, squad: Path) -> None:
    result = invoke("eval", "--squad", squad, "--url", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert "no server answers" in result.stderr
