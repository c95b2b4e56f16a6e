"""txtai: paragraphs, and its own index of vectors and words."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from txtai import Embeddings
from txtai.pipeline import Segmentation, Textractor

from mystack.bench.peers.worker import HITS, Hit, read, serve


class Txtai:
    """Its hybrid index over paragraphs."""

    def __init__(self, model: str, database: str) -> None:
        self._embeddings = Embeddings(path=model, hybrid=True, content=True)
        self._paragraphs = Segmentation(paragraphs=True)
        self._textractor = Textractor(paragraphs=True)

    def ingest(self, files: Sequence[Path]) -> Mapping[str, str]:
        documents, refused = read(files, self._load)
        chunks = [{"text": text, "file": name} for name, paragraphs in documents for text in paragraphs]
        self._embeddings.upsert(chunks)
        return refused

    def search(self, question: str) -> Sequence[Hit]:
        query = "SELECT text, file FROM txtai WHERE similar(:question)"
        found = self._embeddings.search(query, HITS, parameters={"question": question})
        return [(hit["file"], hit["text"]) for hit in found]

    def _load(self, file: Path) -> list[str]:
        if file.suffix == ".pdf":
            return list(self._textractor(str(file)))
        return list(self._paragraphs(file.read_text(encoding="utf-8")))


if __name__ == "__main__":
    serve(Txtai)
