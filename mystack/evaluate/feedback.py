"""Golden questions of answers that people corrected: the question, the document, and what its evidence must contain.

The expected phrase is the longest run of words that the correction shares with a document: one that the answer cited,
or one that a search for the correction finds. So the phrase is the document's own text, whatever else people write.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console

from mystack.client import answered, connected
from mystack.evaluate.questions import QuestionSet, read_golden
from mystack.project import Refusal

GOLDEN_FEEDBACK = Path("golden_feedback.json")
LEAST_WORDS = 3
"""Words that a phrase has at least, unless the correction has fewer."""
QUERY_CHARACTERS = 8_000
PAGE = 200
_WORD = re.compile(r"\w+(?:[.,:]\d+)*")


@dataclass(frozen=True)
class Found:
    """A phrase of a document, which has this name in the golden set."""

    document: str
    phrase: str


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
    console.print(f"{len(questions)} golden questions about {len(names)} documents are in {path}.")
    if unmatched:
        console.print(f"{len(unmatched)} corrections share no words with a document: see `unmatched` there.")
    if questions:
        console.print(f"Measure a layer with them: mystack eval --golden {path}")


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


def shared_phrase(correction: str, text: str) -> str | None:
    """The longest run of words that both have, as the text writes it; None if it is too short to mean anything."""
    wanted, there = list(_WORD.finditer(correction)), list(_WORD.finditer(text))
    match = SequenceMatcher(None, _folded(there), _folded(wanted), autojunk=False).find_longest_match()
    if match.size < min(LEAST_WORDS, len(wanted)) or not wanted:
        return None
    return " ".join(text[there[match.a].start() : there[match.a + match.size - 1].end()].split())


class _Documents:
    """The documents of the layer: their texts, each read once, and unique names."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        self._texts: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def find(self, rated: Mapping[str, Any]) -> Found | None:
        """The document that shares most with the correction: a cited one, or else one that a search finds."""
        cited = {one["id"]: one["filename"] for one in rated["documents"] if not one["deleted"]}
        return self._best(rated["correction"], cited) or self._best(rated["correction"], self._hits(rated))

    def text_of(self, name: str) -> str:
        return self._texts[self._names[name]]

    def _best(self, correction: str, candidates: Mapping[str, str]) -> Found | None:
        phrases = {id: shared_phrase(correction, self._text(id)) or "" for id in candidates}
        best = max(phrases, key=lambda id: len(phrases[id]), default="")
        return Found(self._named(best, candidates[best]), phrases[best]) if best and phrases[best] else None

    def _hits(self, rated: Mapping[str, Any]) -> dict[str, str]:
        body = {"query": rated["correction"][:QUERY_CHARACTERS], "top_k": 5}
        hits = answered(self._client.post("/search", json=body)).json()["hits"]
        return {hit["document_id"]: hit["filename"] for hit in hits}

    def _text(self, id: str) -> str:
        if id not in self._texts:
            self._texts[id] = answered(self._client.get(f"/documents/{id}/text")).json()["text"]
        return self._texts[id]

    def _named(self, id: str, filename: str) -> str:
        name = f"{Path(filename).stem}.txt"
        if self._names.setdefault(name, id) != id:
            name = f"{Path(filename).stem}-{id}.txt"
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


def _folded(words: Sequence[re.Match[str]]) -> list[str]:
    return [word.group().casefold() for word in words]
