"""Sets of questions whose answers are known: from a file in SQuAD's form, or the golden set over our own guides."""

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
    """A question, the name of the document that answers it, and phrases of which its evidence must hold one.

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
    """A file in the form of SQuAD 1.1: each article is one text document, its paragraphs joined by blank lines."""
    try:
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
        questions = tuple(question for article in articles for question in _questions(article))
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{path} is not a file in SQuAD's form: {error!r}") from error
    if not questions:
        raise Refusal(f"there is no question in {path}")
    return QuestionSet(tuple(_document(article) for article in articles), questions)


def _document(article: dict[str, Any]) -> Document:
    text = "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"])
    return Document(_name(article), text.encode())


def _questions(article: dict[str, Any]) -> list[Question]:
    return [
        Question(it["question"], _name(article), tuple(answer["text"] for answer in it["answers"]))
        for paragraph in article["paragraphs"]
        for it in paragraph["qas"]
    ]


def _name(article: dict[str, Any]) -> str:
    return f"{article['title']}.txt"


def read_golden(path: Path = GOLDEN, guides: Path = GUIDES) -> QuestionSet:
    """The golden set: `guides` names the files under `docs/`, `questions` refer to them by name.

    A question without a `guide` is one that the guides do not answer. Refuses a set whose guides are not there.
    """
    golden = json.loads(path.read_text(encoding="utf-8"))
    missing = [name for name in golden["guides"] if not (guides / name).is_file()]
    if missing:
        raise Refusal(f"the golden set asks about guides that are not in {guides}: {', '.join(missing)}")
    documents = tuple(Document(name, (guides / name).read_bytes()) for name in golden["guides"])
    return QuestionSet(documents, tuple(_golden_question(it) for it in golden["questions"]))


def _golden_question(it: dict[str, str]) -> Question:
    return Question(it["question"], it.get("guide"), (it["phrase"],) if "guide" in it else ())
