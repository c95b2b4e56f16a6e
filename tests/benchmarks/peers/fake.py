"""A peer without a model: it finds paragraphs by shared words, and crashes or hangs at files of those names."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.peers.worker import HITS, Hit, read, serve


class Fake:
    def __init__(self, model: str, database: str) -> None:
        sys.stdout.write("the output of a library is not an answer\n")
        self._chunks: list[Hit] = []

    def ingest(self, files: Sequence[Path]) -> Mapping[str, str]:
        documents, refused = read(files, self._load)
        self._chunks += [(name, chunk) for name, chunks in documents for chunk in chunks]
        return refused

    def search(self, question: str) -> Sequence[Hit]:
        words = set(question.lower().strip("?").split())
        return sorted(self._chunks, key=lambda hit: -len(words & set(hit[1].lower().split())))[:HITS]

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
