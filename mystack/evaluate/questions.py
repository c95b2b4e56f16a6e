"""Questions with known answers: from a file in SQuAD's format, or the golden set about our own guides."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mystack.project import ROOT, Refusal

GOLDEN = Path(__file__).with_name("golden.json")
GUIDES = ROOT / "docs"


@dataclass(frozen=True)
class Document:
    """A document to upload; its name is unique in its set."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Question:
    """A question, the name of the document that answers it, and phrases: the evidence must contain one of them.

    `document` is None for a question that no document answers.
    """

    text: str
    document: str | None
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuestionSet:
    """Documents, and questions about them in the order of the documents."""

    documents: tuple[Document, ...]
    questions: tuple[Question, ...]


def read_squad(path: Path) -> QuestionSet:
    """A file in SQuAD's format 1.1: each article is one text document, its paragraphs joined by blank lines."""
    try:
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
        questions = tuple(question for article in articles for question in _questions(article))
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{path} is not a file in SQuAD's format: {error!r}") from error
    if not questions:
        raise Refusal(f"{path} contains no question")
    return QuestionSet(tuple(_document(article) for article in articles), questions)


def _document(article: dict[str, Any]) -> Document:
    text = "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"])
    return Document(_name(article), text.encode())


def _questions(article: dict[str, Any]) -> list[Question]:
    return [
        Question(row["question"], _name(article), tuple(answer["text"] for answer in row["answers"]))
        for paragraph in article["paragraphs"]
        for row in paragraph["qas"]
    ]


def _name(article: dict[str, Any]) -> str:
    return f"{article['title']}.txt"


def read_golden(path: Path = GOLDEN, guides: Path = GUIDES) -> QuestionSet:
    """The golden set: `guides` names files under `docs/`, and `questions` refer to them by name.

    A question without a `guide` is not answered by the guides. The files beside it, `golden_layerN.json`, are about the
    guides of later layers. Refuses a set whose guides are missing.
    """
    parts = [json.loads(each.read_text(encoding="utf-8")) for each in (path, *_later(path))]
    names = [name for part in parts for name in part["guides"]]
    missing = [name for name in names if not (guides / name).is_file()]
    if missing:
        raise Refusal(f"guides of the golden set are missing in {guides}: {', '.join(missing)}")
    documents = tuple(Document(name, (guides / name).read_bytes()) for name in names)
    return QuestionSet(documents, tuple(_golden_question(row) for part in parts for row in part["questions"]))


def _later(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.stem}_layer*.json"))


def _golden_question(row: dict[str, str]) -> Question:
    return Question(row["question"], row.get("guide"), (row["phrase"],) if "guide" in row else ())
