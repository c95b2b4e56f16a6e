"""Golden questions of answers that people corrected: the question, the document, and what its evidence must contain.

The expected phrase is a run of words that the correction shares with a document: one that the answer cited, or one that
a search for the correction finds. So the phrase is the document's own text, whatever else people write. Of several runs
it is the one that says most which the question does not.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console

from mystack.client import answered, connected
from mystack.evaluate.questions import QuestionSet, read_golden
from mystack.project import Refusal

GOLDEN_FEEDBACK = Path("golden_feedback.json")
LEAST_WORDS = 3
"""Words that a phrase has at least, unless the correction has fewer, or one of two is a number."""
NUMBER = 3
"""For how many words a number counts: times, dates and amounts are what questions ask for."""
LONGEST_NAME = 150
QUERY_CHARACTERS = 8_000
PAGE = 200
_WORD = re.compile(r"\w+(?:[.,:]\d+)*")


@dataclass(frozen=True)
class Found:
    """A phrase of a document, which has this name in the golden set."""

    document: str
    phrase: str


@dataclass(frozen=True)
class Shared:
    """A phrase that a correction and a document have in common; `told`: how much it says, for comparisons."""

    phrase: str
    told: tuple[int, int]


def collect(path: Path, url: str, api_key: str | None, console: Console) -> None:
    """Write the questions to `path`, and the texts of their documents to the folder beside it.

    Refuses a layer where no answer was corrected.
    """
    with connected(url, api_key) as client:
        documents = _Documents(client)
        questions, unmatched = _questions(corrected(client), documents)
    if not questions and not unmatched:
        raise Refusal(f"no answer of the layer at {url} has a correction: give one on the page, below a thumb down")
    names = sorted({question["guide"] for question in questions})
    folder(path).mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder(path) / name).write_text(documents.text_of(name), encoding="utf-8")
    content = {"guides": names, "questions": questions, "unmatched": unmatched}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    console.print(
        f"{path}: {counted(len(questions), 'golden question')} about {counted(len(names), 'document')}.", markup=False
    )
    if unmatched:
        console.print(f"{counted(len(unmatched), 'correction')} without words of a document: see `unmatched` there.")
    if questions:
        console.print(f"Measure a layer with them: mystack eval --golden {path}", markup=False)


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def read_collected(path: Path) -> QuestionSet:
    """What `collect` wrote. Refuses another file, and one without a question."""
    try:
        found = read_golden(path, folder(path))
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{path} is not a golden set: {error!r}") from error
    if not found.questions:
        raise Refusal(f"{path} contains no question")
    return found


def folder(path: Path) -> Path:
    """Where the documents of a golden set are."""
    return path.with_suffix("")


def corrected(client: httpx2.Client) -> Iterator[Mapping[str, Any]]:
    """The corrected answers, newest first; of a question that was corrected twice, the last correction."""
    cursor, seen = "", set[str]()
    while True:
        page = answered(client.get("/feedback", params={"corrected": True, "limit": PAGE, "cursor": cursor})).json()
        for one in page["feedback"]:
            if one["question"] not in seen:
                seen.add(one["question"])
                yield one
        cursor = page["next_cursor"]
        if not cursor:
            return


def shared_phrase(correction: str, text: str, question: str = "") -> Shared | None:
    """What both say and the question does not, as the text writes it; None if it is too short to mean anything."""
    wanted, there = list(_WORD.finditer(correction)), list(_WORD.finditer(text))
    asked, words = set(_folded(_WORD.finditer(question))), _folded(there)

    def told(run: tuple[int, int]) -> tuple[int, int]:
        new = [word for word in words[run[0] : run[0] + run[1]] if word not in asked]
        return sum(NUMBER if word[0].isdigit() else 1 for word in new), run[1]

    def enough(run: tuple[int, int]) -> bool:
        least = LEAST_WORDS - any(word[0].isdigit() for word in words[run[0] : run[0] + run[1]])
        return run[1] >= min(least, len(wanted))

    runs = [run for run in _runs(_folded(wanted), words) if enough(run)]
    if not runs:
        return None
    best = max(runs, key=told)  # the first of equal ones
    phrase = " ".join(text[there[best[0]].start() : there[sum(best) - 1].end()].split())
    return Shared(phrase, told(best))


def _runs(wanted: Sequence[str], there: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where runs of words that both have begin in the second, and their lengths. None is a part of another."""
    at: dict[str, list[int]] = {}
    for number, word in enumerate(there):
        at.setdefault(word, []).append(number)
    for first, word in enumerate(wanted):
        for begin in at.get(word, []):
            if first and begin and wanted[first - 1] == there[begin - 1]:
                continue
            both = zip(wanted[first:], there[begin : begin + len(wanted)], strict=False)
            yield begin, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], both))


class _Documents:
    """The documents of the layer: their texts, each read once, and unique names."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        self._texts: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def find(self, rated: Mapping[str, Any]) -> Found | None:
        """The document that shares most with the correction: a cited one, or else one that a search finds."""
        cited = {one["id"]: one["filename"] for one in rated["documents"] if not one["deleted"]}
        return self._best(rated, cited) or self._best(rated, self._hits(rated))

    def text_of(self, name: str) -> str:
        return self._texts[self._names[name]]

    def _best(self, rated: Mapping[str, Any], candidates: Mapping[str, str]) -> Found | None:
        shared = {id: shared_phrase(rated["correction"], self._text(id), rated["question"]) for id in candidates}
        found = {id: one for id, one in shared.items() if one}
        best = max(found, key=lambda id: found[id].told, default="")
        return Found(self._named(best, candidates[best]), found[best].phrase) if best else None

    def _hits(self, rated: Mapping[str, Any]) -> dict[str, str]:
        body = {"query": rated["correction"][:QUERY_CHARACTERS], "top_k": 5}
        hits = answered(self._client.post("/search", json=body)).json()["hits"]
        return {hit["document_id"]: hit["filename"] for hit in hits}

    def _text(self, id: str) -> str:
        if id not in self._texts:
            self._texts[id] = answered(self._client.get(f"/documents/{id}/text")).json()["text"]
        return self._texts[id]

    def _named(self, id: str, filename: str) -> str:
        stem = Path(filename).stem[:LONGEST_NAME]
        name = f"{stem}.txt"
        if self._names.setdefault(name, id) != id:
            name = f"{stem}-{id}.txt"
            self._names[name] = id
        return name


def _questions(
    rated: Iterator[Mapping[str, Any]], documents: _Documents
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """In the golden format, and the corrections that are in no document."""
    questions, unmatched = [], []
    for one in rated:
        found = documents.find(one)
        if found:
            questions.append({"question": one["question"], "guide": found.document, "phrase": found.phrase})
        else:
            unmatched.append({"question": one["question"], "correction": one["correction"]})
    return questions, unmatched


def _folded(words: Iterable[re.Match[str]]) -> list[str]:
    return [word.group().casefold() for word in words]
