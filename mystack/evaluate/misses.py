"""Refusals on documents and questions of our own, in several languages: `misses/LANGUAGE.json`, in SQuAD's format 2.0.

    near miss      the subject is in the documents, the answer is not (`is_impossible`)
    unknown name   a question like an answerable one, about a name that is in no document (`"miss": "name"`)
    far miss       an answerable question while every document of its half is left out

`misses/bounds.json` holds the least that each share may be: `mystack eval` has them as targets, and a test holds them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mystack.evaluate.library import Library
from mystack.evaluate.questions import Document, Question
from mystack.evaluate.scoring import holds
from mystack.metrics import Metric, Target
from mystack.pool import map_threads

FOLDER = Path(__file__).with_name("misses")
BOUNDS = FOLDER / "bounds.json"
LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "ru": "Russian"}
CONCURRENCY = 2
ANSWERED, QUOTED = "answerable questions answered", "a quote holds the answer"
REFUSED = {"near": "near misses refused", "name": "unknown names refused", "far": "far misses refused"}

Shares = Mapping[str, float]


@dataclass(frozen=True)
class MissSet:
    """The documents and questions of one language. `misses`: questions that nothing answers, by kind."""

    language: str
    documents: Sequence[Document]
    questions: Sequence[Question]
    misses: Mapping[str, Sequence[str]]


def miss_sets() -> list[MissSet]:
    """The sets in the repository."""
    return [_read(code, FOLDER / f"{code}.json") for code in LANGUAGES]


def _read(code: str, path: Path) -> MissSet:
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    rows = [(_name(one), row) for one in articles for part in one["paragraphs"] for row in part["qas"]]
    possible = [(name, row) for name, row in rows if not row.get("is_impossible")]
    impossible = [row for _, row in rows if row.get("is_impossible")]
    return MissSet(
        LANGUAGES[code],
        [Document(_name(one), "\n\n".join(part["context"] for part in one["paragraphs"]).encode()) for one in articles],
        [Question(row["question"], name, tuple(one["text"] for one in row["answers"])) for name, row in possible],
        {kind: [row["question"] for row in impossible if row.get("miss", "near") == kind] for kind in ("near", "name")},
    )


def _name(article: Mapping[str, Any]) -> str:
    return f"{article['title']}.txt"


def miss_metrics(library: Library, advance: Callable[[], None]) -> list[Metric]:
    """The shares of every language with their bounds. Removes its documents from the layer."""
    bounds = json.loads(BOUNDS.read_text(encoding="utf-8"))
    found: dict[str, float] = {}
    for one in miss_sets():
        found |= {f"{one.language}: {name}": share for name, share in _shares(library, one).items()}
        advance()
    return [Metric(name, [share], Target("≥", bounds[name])) for name, share in found.items()]


def _shares(library: Library, given: MissSet) -> Shares:
    first, second = given.documents[0::2], given.documents[1::2]
    try:
        far = [*_far(library, given, stored=first), *_far(library, given, stored=second)]
        _store(library, given.documents)
        replies = list(map_threads(CONCURRENCY, library.chat, [question.text for question in given.questions]))
        quoted = [
            any(holds(quote, question) for quote in reply.cited.values())
            for question, reply in zip(given.questions, replies, strict=True)
        ]
        shares = {ANSWERED: _share([reply.refusal is None for reply in replies]), QUOTED: _share(quoted)}
        misses = {kind: _refused(library, questions) for kind, questions in given.misses.items() if questions}
    finally:
        library.clear()
    return shares | {REFUSED[kind]: _share(refused) for kind, refused in [*misses.items(), ("far", far)]}


def _far(library: Library, given: MissSet, stored: Sequence[Document]) -> list[bool]:
    """Whether the questions about the other documents are refused, with these alone."""
    names = {document.name for document in stored}
    _store(library, stored)
    refused = _refused(library, [one.text for one in given.questions if one.document not in names])
    library.remove(names)
    return refused


def _store(library: Library, documents: Sequence[Document]) -> None:
    for document in documents:
        library.upload(document)


def _refused(library: Library, questions: Sequence[str]) -> list[bool]:
    return [reply.refusal is not None for reply in map_threads(CONCURRENCY, library.chat, questions)]


def _share(cases: Sequence[bool]) -> float:
    return sum(cases) / len(cases)
