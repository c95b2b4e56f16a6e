"""A peer's process: JSON lines in, JSON lines out. It runs in the peer's environment, with the standard library alone.

    {"ingest": ["a.txt", …]}   →  {"seconds": 1.2, "refused": {"a.txt": "why"}}
    {"search": ["Who?", …]}    →  {"found": [{"seconds": 0.01, "hits": [["a.txt", "its text"], …]}, …]}

Its first line, `{"ready": true}`, says that everything is imported and the model is loaded. It ends with its input,
or with a library's error as the last line of its log.
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
"""A file name, and the text of one of the file's chunks."""


class Peer(Protocol):
    """A retrieval stack, its model loaded and its store empty."""

    def ingest(self, files: Sequence[Path]) -> Mapping[str, str]:
        """Read, split, embed and store; returns the unreadable files by name, each with the reason."""

    def search(self, question: str) -> Sequence[Hit]:
        """The best `HITS` hits, best first."""


def serve(make: Callable[[str, str], Peer]) -> None:
    """Answer the lines of standard input. `make` gets the model's folder and the URL of an empty PostgreSQL."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the output of a library must not mix with the answers

    def answer(line: Mapping[str, Any]) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    peer = make(given.model, given.database)
    answer({"ready": True})
    for line in sys.stdin:
        answer(_done(peer, **json.loads(line)))


def read(files: Sequence[Path], reader: Callable[[Path], Any]) -> tuple[list[tuple[str, Any]], dict[str, str]]:
    """The content of each file by name, and the unreadable files with the reason."""
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
