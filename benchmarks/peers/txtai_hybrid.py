"""txtai: its segmentation into paragraphs, and its own hybrid index."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pypdf import PdfReader
from txtai import Embeddings
from txtai.pipeline import Segmentation

from benchmarks.peers.worker import HITS, Hit, read, serve


class Txtai:
    """A hybrid index over paragraphs."""

    def __init__(self, model: str, database: str) -> None:
        self._embeddings = Embeddings(path=model, hybrid=True, content=True)
        self._paragraphs = Segmentation(paragraphs=True)

    def ingest(self, files: Sequence[Path]) -> Mapping[str, str]:
        documents, refused = read(files, _load)
        chunks = [{"text": chunk, "file": name} for name, text in documents for chunk in self._paragraphs(text)]
        self._embeddings.upsert(chunks)
        return refused

    def search(self, question: str) -> Sequence[Hit]:
        query = "SELECT text, file FROM txtai WHERE similar(:question)"
        found = self._embeddings.search(query, HITS, parameters={"question": question})
        return [(hit["file"], hit["text"]) for hit in found]


def _load(file: Path) -> str:
    """pypdf reads PDFs: the readers that txtai supports download a server, models or a dictionary at first use."""
    if file.suffix != ".pdf":
        return file.read_text(encoding="utf-8")
    return "\n\n".join(page.extract_text() for page in PdfReader(file).pages)


if __name__ == "__main__":
    serve(Txtai)
