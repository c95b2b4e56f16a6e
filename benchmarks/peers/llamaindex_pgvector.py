"""LlamaIndex: its sentence splitter, its file readers, and PGVectorStore on PostgreSQL, dense and sparse, fused."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from llama_index.core import Settings, SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import Document
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.postgres import PGVectorStore

from benchmarks.peers.worker import HITS, Hit, read, serve

DIMENSION = 384


class LlamaIndex:
    """The stack of its guide to hybrid search on PostgreSQL."""

    def __init__(self, model: str, database: str) -> None:
        Settings.llm = MockLLM()  # never called: questions are searched for unchanged
        Settings.embed_model = HuggingFaceEmbedding(model_name=model)
        Settings.node_parser = SentenceSplitter()
        store = PGVectorStore.from_params(
            connection_string=database.replace("postgresql://", "postgresql+psycopg2://", 1),
            async_connection_string=database.replace("postgresql://", "postgresql+asyncpg://", 1),
            table_name="chunks",
            embed_dim=DIMENSION,
            hybrid_search=True,
        )
        self._index = VectorStoreIndex([], storage_context=StorageContext.from_defaults(vector_store=store))
        dense = self._index.as_retriever(vector_store_query_mode="default", similarity_top_k=HITS)
        sparse = self._index.as_retriever(vector_store_query_mode="sparse", similarity_top_k=HITS)
        self._retriever = QueryFusionRetriever(
            [dense, sparse], similarity_top_k=HITS, num_queries=1, mode="relative_score", use_async=False
        )

    def ingest(self, files: Sequence[Path]) -> Mapping[str, str]:
        documents, refused = read(files, _load)
        self._index.insert_nodes(
            Settings.node_parser.get_nodes_from_documents([page for _, loaded in documents for page in loaded])
        )
        return refused

    def search(self, question: str) -> Sequence[Hit]:
        return [
            (found.node.metadata["file_name"], found.node.get_content()) for found in self._retriever.retrieve(question)
        ]


def _load(file: Path) -> list[Document]:
    return list(SimpleDirectoryReader(input_files=[file], raise_on_error=True).load_data())


if __name__ == "__main__":
    serve(LlamaIndex)
