"""Questions about our own guides that do not use their words: twenty of each kind.

    paraphrase   in other words: "How do I freeze a customer?" for a tenant that is suspended
    two-hop      names what it asks about by another fact: "the station that was built in 1962"
    acronym      the long form for the acronym of the guide, or the other way round

They stand in `rephrased.json`, those about the guides of later layers in `rephrased_layerN.json` beside it.
`rephrased_bounds.json` holds the least that each share may be: `mystack eval` has them as targets, and a test holds
them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mystack.evaluate.library import Library
from mystack.evaluate.questions import GUIDES, Document, Question
from mystack.evaluate.scoring import holds
from mystack.metrics import Metric, Target
from mystack.pool import map_threads

FILE = Path(__file__).with_name("rephrased.json")
BOUNDS = Path(__file__).with_name("rephrased_bounds.json")
KINDS = {"paraphrase": "Paraphrases", "two-hop": "Two-hop questions", "acronym": "Acronyms"}
FOUND, ANSWERED, QUOTED = "answer in the first five hits", "answered", "a quote holds the answer"
CONCURRENCY = 2


def rephrased_metrics(library: Library, advance: Callable[[], None]) -> list[Metric]:
    """The shares of every kind with their bounds. Removes its documents from the layer."""
    bounds = json.loads(BOUNDS.read_text(encoding="utf-8"))
    found: dict[str, float] = {}
    try:
        for document in guides():
            library.upload(document)
        for kind, questions in rephrased().items():
            found |= {f"{KINDS[kind]}: {name}": share for name, share in _shares(library, questions).items()}
            advance()
    finally:
        library.clear()
    return [Metric(name, [share], Target("≥", bounds[name])) for name, share in found.items()]


def guides() -> list[Document]:
    """The guides that are asked about."""
    return [Document(name, (GUIDES / name).read_bytes()) for part in _parts() for name in part["guides"]]


def rephrased() -> Mapping[str, Sequence[Question]]:
    """The questions of each kind."""
    rows = [row for part in _parts() for row in part["questions"]]
    return {
        kind: [Question(row["question"], row["guide"], (row["phrase"],)) for row in rows if row["kind"] == kind]
        for kind in KINDS
    }


def _parts() -> list[dict[str, Any]]:
    files = [FILE, *sorted(FILE.parent.glob(f"{FILE.stem}_layer*.json"))]
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def _shares(library: Library, questions: Sequence[Question]) -> Mapping[str, float]:
    hits = [library.search(one.text, "hybrid") for one in questions]
    replies = list(map_threads(CONCURRENCY, library.chat, [one.text for one in questions]))
    pairs = list(zip(questions, replies, strict=True))
    return {
        FOUND: _share([any(holds(hit, one) for hit in each) for one, each in zip(questions, hits, strict=True)]),
        ANSWERED: _share([reply.refusal is None for reply in replies]),
        QUOTED: _share([any(holds(quote, one) for quote in reply.cited.values()) for one, reply in pairs]),
    }


def _share(cases: Sequence[bool]) -> float:
    return sum(cases) / len(cases)
