"""Questions with the features of their evidence: with their article stored, without it, and without one paragraph."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mystack.bench.piped import piped
from mystack.fresh import clean_environment
from mystack.project import Layer, Refusal

Label = Literal["answerable", "far", "near"]
Ask = Callable[[Mapping[str, str]], Mapping[str, Any]]
"""Sends one request to the process of `described`, and waits for the answer."""


@dataclass(frozen=True)
class Sample:
    """`rule`: the name of the rule that judges the features. `article`: its position in the file."""

    label: Label
    article: int
    rule: str
    features: Mapping[str, float]


@dataclass(frozen=True)
class Paragraph:
    text: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Article:
    name: str
    paragraphs: tuple[Paragraph, ...]


def read_articles(path: Path) -> list[Article]:
    """The articles of a file in SQuAD's format. Refuses any other file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        return [Article(f"{one['title']}.txt", tuple(map(_paragraph, one["paragraphs"]))) for one in data]
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{path} is not a file in SQuAD's format: {error!r}") from error


def _paragraph(entry: Mapping[str, Any]) -> Paragraph:
    return Paragraph(entry["context"], tuple(row["question"] for row in entry["qas"]))


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


def samples(articles: Sequence[Article], ask: Ask) -> Iterator[Sample]:
    """Each question three times: as answerable, as far miss (its article is left out), as near miss (its paragraph is).

    A question of an article with one paragraph has no near miss.
    """
    for article in articles:
        _put(ask, article, article.paragraphs)
    for at, article in enumerate(articles):
        yield from _asked(ask, "answerable", at, article.paragraphs)
        ask({"remove": article.name})
        yield from _asked(ask, "far", at, article.paragraphs)
        for left_out in article.paragraphs:
            if rest := [one for one in article.paragraphs if one is not left_out]:
                _put(ask, article, rest)
                yield from _asked(ask, "near", at, [left_out])
        _put(ask, article, article.paragraphs)


def _put(ask: Ask, article: Article, paragraphs: Sequence[Paragraph]) -> None:
    ask({"put": article.name, "text": "\n\n".join(one.text for one in paragraphs)})


def _asked(ask: Ask, label: Label, at: int, paragraphs: Sequence[Paragraph]) -> Iterator[Sample]:
    for paragraph in paragraphs:
        for question in paragraph.questions:
            found = ask({"question": question})
            if found["rule"]:
                yield Sample(label, at, found["rule"], found["features"])
