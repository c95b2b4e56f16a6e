"""Questions with the features of their evidence, with labels:

answerable   asked with all articles stored
far          asked without its article
near         asked without the paragraph that answers it, or marked in the file as one that nothing answers
name         the same, and about a name that is in no article
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mystack.bench.piped import piped
from mystack.evaluate.questions import read_golden
from mystack.fresh import clean_environment
from mystack.project import Layer, Refusal

Label = Literal["answerable", "near", "far", "name"]
Ask = Callable[[Mapping[str, str]], Mapping[str, Any]]
"""Sends one request to the process of `described`, and waits for the answer."""


@dataclass(frozen=True)
class Sample:
    """`rule`: the name of the rule that judges the features. `article`: its position in the file `source`."""

    label: Label
    source: str
    article: int
    rule: str
    features: Mapping[str, float]


@dataclass(frozen=True)
class Paragraph:
    """`impossible`: questions that no article answers, with their label."""

    text: str
    questions: tuple[str, ...]
    impossible: tuple[tuple[Label, str], ...] = ()


@dataclass(frozen=True)
class Article:
    """`kept`: it is never left out, since others may answer its questions as well."""

    name: str
    paragraphs: tuple[Paragraph, ...]
    kept: bool = False


def read_articles(path: Path) -> list[Article]:
    """The articles of a file in SQuAD's format, 1.1 or 2.0. Refuses any other file.

    Of 2.0, questions with `is_impossible` are near misses; those that also have `"miss": "name"` are about a name that
    is in no article.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        return [Article(f"{one['title']}.txt", tuple(map(_paragraph, one["paragraphs"]))) for one in data]
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{path} is not a file in SQuAD's format: {error!r}") from error


def golden_articles() -> list[Article]:
    """The guides of the golden set with its questions; those that no guide answers are spread over the guides."""
    golden = read_golden()
    impossible = [question.text for question in golden.questions if question.document is None]
    count = len(golden.documents)
    return [
        Article(
            Path(guide.name).name,
            (
                Paragraph(
                    guide.data.decode(),
                    tuple(question.text for question in golden.questions if question.document == guide.name),
                    tuple(("far", question) for question in impossible[at::count]),
                ),
            ),
            kept=True,
        )
        for at, guide in enumerate(golden.documents)
    ]


def _paragraph(entry: Mapping[str, Any]) -> Paragraph:
    rows = entry["qas"]
    possible = tuple(row["question"] for row in rows if not row.get("is_impossible"))
    others = [row for row in rows if row.get("is_impossible")]
    impossible = tuple((_label(row.get("miss", "near")), row["question"]) for row in others)
    return Paragraph(entry["context"], possible, impossible)


def _label(miss: str) -> Label:
    return "name" if miss == "name" else "near"


@contextmanager
def described(layer: Layer, model: Mapping[str, str]) -> Iterator[Ask]:
    """A process of the layer that keeps documents in memory and describes the evidence for questions.

    `model`: the settings of the embedding model.
    """
    env = clean_environment() | dict(model)
    with (
        tempfile.TemporaryFile("w+b") as errors,
        piped("api.entrypoints.describe_evidence", cwd=layer.folder, env=env, errors=errors) as (requests, answers),
    ):

        def ask(request: Mapping[str, str]) -> Mapping[str, Any]:
            requests.write(json.dumps(request) + "\n")
            requests.flush()
            if not (line := answers.readline()):
                errors.seek(0)
                raise Refusal(f"the layer's process ended: {errors.read().decode(errors='replace')[-2000:]}")
            answer: Mapping[str, Any] = json.loads(line)
            return answer

        yield ask


def samples(source: str, articles: Sequence[Article], ask: Ask) -> Iterator[Sample]:
    """Each question as answerable, as far miss and as near miss, and each impossible one once.

    A question of an article with one paragraph has no near miss.
    """
    for article in articles:
        _put(ask, article, article.paragraphs)
    for at, article in enumerate(articles):
        for label, question in _questions(ask, article):
            found = ask({"question": question})
            if found["rule"]:
                yield Sample(label, source, at, found["rule"], found["features"])


def count(articles: Sequence[Article]) -> int:
    """How many samples there are at most."""
    return sum(
        (1 if article.kept else 3) * len(one.questions) + len(one.impossible)
        for article in articles
        for one in article.paragraphs
    )


def _questions(ask: Ask, article: Article) -> Iterator[tuple[Label, str]]:
    """The questions about an article with their labels; before each, what it is asked of is stored."""
    questions = [question for one in article.paragraphs for question in one.questions]
    yield from (("answerable", question) for question in questions)
    yield from (labelled for one in article.paragraphs for labelled in one.impossible)
    if article.kept:
        return
    ask({"remove": article.name})
    yield from (("far", question) for question in questions)
    for left_out in article.paragraphs:
        if rest := [one for one in article.paragraphs if one is not left_out]:
            _put(ask, article, rest)
            yield from (("near", question) for question in left_out.questions)
    _put(ask, article, article.paragraphs)


def _put(ask: Ask, article: Article, paragraphs: Sequence[Paragraph]) -> None:
    ask({"put": article.name, "text": "\n\n".join(one.text for one in paragraphs)})
