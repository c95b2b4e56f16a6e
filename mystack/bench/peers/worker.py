"""The process of a peer: JSON lines in, JSON lines out. It runs in the peer's environment: standard library only.

    {"ingest": ["a.txt", …]}   →  {"seconds": 1.2, "refused": {"a.txt": "why"}}
    {"search": ["Who?", …]}    →  {"found": [{"seconds": 0.01, "hits": [["a.txt", "its text"], …]}, …]}

Its first line, `{"ready": true}`, says that everything is imported and the model is loaded. It ends when its input
does, or with the error of a library as its last words.
"""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

logger = logging.getLogger(__name__)

HITS = 5
Hit = tuple[str, str]
"""The name of a file, and the text of one of its chunks."""


class Peer(Protocol):
    """A retrieval stack, its model loaded and its store empty."""

    def ingest(self, files: Sequence[Path]) -> Mapping[str, str]:
        """Read, split, embed and store; returns the names of the files that could not be read, and why."""

    def search(self, question: str) -> Sequence[Hit]:
        """The first `HITS`, best first."""


def serve(make: Callable[[str, str], Peer]) -> None:
    """Answer the lines of standard input; `make` is given the model's folder and the URL of an empty PostgreSQL."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not come between the answers

    def answer(line: Mapping[str, Any]) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    peer = make(given.model, given.database)
    answer({"ready": True})
    for line in sys.stdin:
        answer(_done(peer, **json.loads(line)))


def read(files: Sequence[Path], reader: Callable[[Path], Any]) -> tuple[list[tuple[str, Any]], dict[str, str]]:
    """What `reader` makes of each file, by the file's name, and why it could not read the others."""
    read: list[tuple[str, Any]] = []
    refused: dict[str, str] = {}
    for file in files:
        try:
            content = reader(file)
        except Exception as error:  # each library raises its own
            logger.warning("%s was not read", file.name, exc_info=error)
            refused[file.name] = f"{type(error).__name__}: {error}"
        else:
            read.append((file.name, content))
    return read, refused


def _done(peer: Peer, ingest: Sequence[str] = (), search: Sequence[str] = ()) -> Mapping[str, Any]:
    if ingest:
        begun = time.perf_counter()
        refused = peer.ingest([Path(file) for file in ingest])
        return {"seconds": time.perf_counter() - begun, "refused": dict(refused)}
    return {"found": [_found(peer, question) for question in search]}


def _found(peer: Peer, question: str) -> Mapping[str, Any]:
    begun = time.perf_counter()
    hits = peer.search(question)
    return {"seconds": time.perf_counter() - begun, "hits": [[name, text] for name, text in hits]}
