"""The peers: what people assemble instead of running a service such as this one."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """A module to run in an environment of its own, with what its requirements pin."""

    name: str
    module: str
    requirements: Path
    how: str
    """How it is set up: its own defaults, and what had to be chosen."""
    database: bool = False
    """Whether it stores in PostgreSQL."""

    @property
    def key(self) -> str:
        """Its name on the command line, and of the folder of its environment."""
        return self.requirements.stem

    @property
    def versions(self) -> str:
        """What is pinned."""
        lines = self.requirements.read_text(encoding="utf-8").splitlines()
        return ", ".join(line.replace("==", " ") for line in lines if line and not line.startswith("#"))


def _peer(file: str, name: str, how: str, *, database: bool = False) -> Peer:
    return Peer(name, f"mystack.bench.peers.{file}", HERE / f"{file}.txt", how, database)


PEERS = (
    _peer(
        "langchain_pgvector",
        "LangChain + PGVector",
        "`RecursiveCharacterTextSplitter` with the 1,000 characters and 200 of overlap of its tutorial, "
        "`PGVectorStore` as it is made by default (dense, no index), `PyPDFLoader`",
        database=True,
    ),
    _peer(
        "llamaindex_pgvector",
        "LlamaIndex + PGVector",
        "`SentenceSplitter` by default (1,024 tokens), `PGVectorStore(hybrid_search=True)`, and "
        "`QueryFusionRetriever` over its dense and its sparse retriever as its guide to PostgreSQL fuses them "
        "(relative scores, no questions made up by a model), `SimpleDirectoryReader`",
        database=True,
    ),
    _peer(
        "txtai_hybrid",
        "txtai, hybrid, paragraphs",
        "`Segmentation(paragraphs=True)`, `Embeddings(hybrid=True, content=True)`; the readers of PDFs that it knows "
        "(Tika, Docling, LiteParse) fetch a server, models or a dictionary at their first use, so pypdf reads them",
    ),
    _peer(
        "haystack_hybrid",
        "Haystack, BM25 + dense",
        "`DocumentSplitter` by default (200 words), `InMemoryDocumentStore`, BM25 and dense retrievers joined by "
        "reciprocal rank, `PyPDFToDocument`",
    ),
)
