"""The tables of the documents: texts, chunks, words, vectors, and the embedding spaces.

    documents 1──1 texts
        │ 1
        └──n chunks 1──n postings          which word weighs what in which chunk (BM25)
                 │ 1
                 └──n embeddings n──1 embedding_spaces

Deleting a document deletes everything below it. The constraints refuse invalid states: the same bytes twice, a chunk
whose text is not as long as its offsets say, a vector of another dimension than its space, two active spaces.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    ARRAY,
    JSON,
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

# PostgreSQL's own names, written out so that a migration can refer to them.
NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}


class Row(SQLModel):
    """A row of one of our tables."""

    metadata = MetaData(naming_convention=NAMES)


class DocumentRow(Row, table=True):
    """A document. It is visible exactly as long as this row exists."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("sha256"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("size_bytes >= 0", name="size_bytes"),
        CheckConstraint("pages > 0", name="pages"),
        CheckConstraint("chunks >= 0", name="chunks"),
        CheckConstraint("parser > 0", name="parser"),
        Index("documents_created_at_id_idx", text("created_at DESC"), text("id DESC")),
        Index(None, "tags", postgresql_using="gin"),
    )

    id: UUID = Field(primary_key=True)
    filename: str = Field(sa_type=Text)
    content_type: str = Field(sa_type=Text)
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(sa_type=Text)
    """Of the uploaded bytes, in hexadecimal."""
    pages: int | None
    chunks: int
    """The number of its chunks, written with them."""
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    fields: dict[str, Any] = Field(sa_column=Column("metadata", JSON, nullable=False))
    """`json`, not `jsonb`, which would lose the order of the keys and turn 1e16 into an integer."""
    tags: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    """The metadata as keywords, one per field and value, so that one index serves every filter."""
    warnings: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    """What was left out or may be wrong, each a sentence."""
    parser: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="1"))
    """The `PARSER_VERSION` that read it."""


class TextRow(Row, table=True):
    """The whole text of a document, to which the offsets of chunks and quotes refer."""

    __tablename__ = "texts"

    document_id: UUID = Field(sa_column=Column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True))
    text: str = Field(sa_type=Text)
    outline: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default="{}"))
    """Its headings and tables, as `services/documents/outline.py` writes them."""


class ChunkRow(Row, table=True):
    """A chunk: the document's text from `start` to `end` (characters, end exclusive)."""

    __tablename__ = "chunks"
    __table_args__ = (
        UniqueConstraint("id"),
        UniqueConstraint("document_id", "index"),
        CheckConstraint("index >= 0", name="index"),
        CheckConstraint("page > 0", name="page"),
        CheckConstraint('start >= 0 AND char_length(text) = "end" - start', name="offsets"),
    )

    number: int = Field(sa_column=Column(Integer, Identity(), primary_key=True))
    """Surrogate key: 4 bytes instead of an id's 16, repeated in about 60 postings per chunk."""
    id: UUID
    document_id: UUID = Field(sa_column=Column(ForeignKey("documents.id", ondelete="CASCADE"), nullable=False))
    index: int
    page: int | None
    start: int
    end: int
    text: str = Field(sa_type=Text)
    heading: str = Field(sa_type=Text)


class PostingRow(Row, table=True):
    """The weight of a word in a chunk: one non-zero dimension of the chunk's sparse vector.

    The primary key includes the weight, so that a search reads the index only.
    """

    __tablename__ = "postings"
    __table_args__ = (
        PrimaryKeyConstraint("term", "chunk_number", postgresql_include=["weight"]),
        CheckConstraint("term BETWEEN 0 AND 4294967295", name="term"),
        CheckConstraint("weight > 0 AND weight < 'infinity'", name="weight"),
    )

    term: int = Field(sa_type=BigInteger)
    """Hash of the word, unsigned 32 bit."""
    chunk_number: int = Field(
        sa_column=Column(ForeignKey("chunks.number", ondelete="CASCADE"), nullable=False, index=True)
    )
    weight: float = Field(sa_type=REAL)


class LibraryVersionRow(Row, table=True):
    """One row: a number that grows with every write to the documents or to the choice of the active space."""

    __tablename__ = "library_version"
    __table_args__ = (
        CheckConstraint("id = 1", name="id"),
        CheckConstraint("version >= 0", name="version"),
    )

    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    version: int = Field(sa_type=BigInteger)


class EmbeddingSpaceRow(Row, table=True):
    """An embedding space, in which vectors are comparable: a model, its revision and its precision. One is active."""

    __tablename__ = "embedding_spaces"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("id", "dimension"),
        CheckConstraint("dimension BETWEEN 1 AND 4000", name="dimension"),
        CheckConstraint("state IN ('filling', 'active', 'retired')", name="state"),
        Index("embedding_spaces_active_idx", "state", unique=True, postgresql_where=text("state = 'active'")),
    )

    id: int = Field(sa_column=Column(SmallInteger, Identity(), primary_key=True))
    name: str = Field(sa_type=Text)
    """`model@revision/precision/dimension`."""
    dimension: int = Field(sa_type=SmallInteger)
    state: str = Field(sa_type=Text)
    """`filling` until every chunk has a vector, `active` while it is searched, `retired` when another one is."""
    created_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("now()"))
    )
    model: str | None = Field(default=None, sa_type=Text)
    """EMBEDDING_MODEL and, below, EMBEDDING_PATH of the process that created the space."""
    path: str | None = Field(default=None, sa_type=Text)


class EmbeddingRow(Row, table=True):
    """The vector of a chunk in a space. Each space has its own HNSW index, created with the space.

    `dense` has 32 bits per number; the index has 16, which costs no recall and half the space.
    """

    __tablename__ = "embeddings"
    __table_args__ = (
        PrimaryKeyConstraint("chunk_number", "space_id"),
        ForeignKeyConstraint(
            ["space_id", "dimension"],
            ["embedding_spaces.id", "embedding_spaces.dimension"],
            ondelete="CASCADE",
        ),
        CheckConstraint("vector_dims(dense) = dimension", name="dimension"),
    )

    chunk_number: int = Field(sa_column=Column(ForeignKey("chunks.number", ondelete="CASCADE"), nullable=False))
    space_id: int = Field(sa_type=SmallInteger)
    dimension: int = Field(sa_type=SmallInteger)
    dense: Any = Field(sa_column=Column(VECTOR, nullable=False))
    """float32, shape (dimension,)."""
