"""A peer that needs no model: it finds paragraphs by the words they share, and misbehaves at files named so."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from mystack.bench.peers.worker import HITS, Hit, read, serve


class Fake:
    def __init__(self, model: str, database: str) -> None:
        sys.stdout.write("what a library prints must not be taken for an answer\n")
        self._chunks: list[Hit] = []

    def ingest(self, files: Sequence[Path]) -> Mapping[str, str]:
        documents, refused = read(files, self._load)
        self._chunks += [(name, chunk) for name, chunks in documents for chunk in chunks]
        return refused

    def search(self, question: str) -> Sequence[Hit]:
        words = set(question.lower().strip("?").split())
        return sorted(self._chunks, key=lambda it: -len(words & set(it[1].lower().split())))[:HITS]

    def _load(self, file: Path) -> list[str]:
        match file.stem:
            case "crash":
                sys.stderr.write("out of memory\n")
                sys.stderr.flush()
                os._exit(3)
            case "hang":
                time.sleep(600)
        return file.read_bytes().decode().split("\n\n")


if __name__ == "__main__":
    serve(Fake)
