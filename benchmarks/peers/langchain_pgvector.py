"""LangChain: its splitter, its PDF loader, and PGVectorStore on PostgreSQL."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from langchain_community.document_loaders import PyPDFLoader, TextLoader
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_postgres import PGEngine, PGVectorStore
from langchain_text_splitters import RecursiveCharacterTextSplitter

from benchmarks.peers.worker import HITS, Hit, read, serve

TABLE = "chunks"
DIMENSION = 384


class LangChain:
    """The stack of its retrieval tutorial."""

    def __init__(self, model: str, database: str) -> None:
        engine = PGEngine.from_connection_string(database.replace("postgresql://", "postgresql+psycopg://", 1))
        engine.init_vectorstore_table(table_name=TABLE, vector_size=DIMENSION)
        embeddings = HuggingFaceEmbeddings(model_name=model)
        self._store = PGVectorStore.create_sync(engine=engine, table_name=TABLE, embedding_service=embeddings)
        self._splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)

    def ingest(self, files: Sequence[Path]) -> Mapping[str, str]:
        documents, refused = read(files, _load)
        pages = [page for _, loaded in documents for page in loaded]
        chunks = [chunk for chunk in self._splitter.split_documents(pages) if chunk.page_content]
        self._store.add_documents(chunks)
        return refused

    def search(self, question: str) -> Sequence[Hit]:
        found = self._store.similarity_search(question, k=HITS)
        return [(Path(document.metadata["source"]).name, document.page_content) for document in found]


def _load(file: Path) -> list[Document]:
    loader = PyPDFLoader(str(file)) if file.suffix == ".pdf" else TextLoader(str(file), encoding="utf-8")
    return list(loader.load())


if __name__ == "__main__":
    serve(LangChain)
