"""Haystack: its converters, splitter and in-memory store; BM25 and dense retrievers joined by rank."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.converters import PyPDFToDocument, TextFileToDocument
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from benchmarks.peers.worker import HITS, Hit, read, serve


class Haystack:
    """The pipelines of its tutorial on hybrid retrieval, without the reranker."""

    def __init__(self, model: str, database: str) -> None:
        store = InMemoryDocumentStore()
        self._indexing = Pipeline()
        self._indexing.add_component("splitter", DocumentSplitter())
        self._indexing.add_component("embedder", SentenceTransformersDocumentEmbedder(model=model, progress_bar=False))
        self._indexing.add_component("writer", DocumentWriter(store))
        self._indexing.connect("splitter", "embedder")
        self._indexing.connect("embedder", "writer")
        self._searching = Pipeline()
        self._searching.add_component("embedder", SentenceTransformersTextEmbedder(model=model, progress_bar=False))
        self._searching.add_component("dense", InMemoryEmbeddingRetriever(store))
        self._searching.add_component("bm25", InMemoryBM25Retriever(store))
        self._searching.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=HITS))
        self._searching.connect("embedder", "dense")
        self._searching.connect("dense", "joiner")
        self._searching.connect("bm25", "joiner")

    def ingest(self, files: Sequence[Path]) -> Mapping[str, str]:
        documents, refused = read(files, _load)
        self._indexing.run({"splitter": {"documents": [document for _, document in documents]}})
        return refused

    def search(self, question: str) -> Sequence[Hit]:
        found = self._searching.run({"embedder": {"text": question}, "bm25": {"query": question}})
        return [(document.meta["file_path"], document.content or "") for document in found["joiner"]["documents"]]


def _load(file: Path) -> Document:
    converter = PyPDFToDocument() if file.suffix == ".pdf" else TextFileToDocument()
    (document,) = converter.run(sources=[file])["documents"]  # raises for a file that the converter skipped
    return document


if __name__ == "__main__":
    serve(Haystack)
