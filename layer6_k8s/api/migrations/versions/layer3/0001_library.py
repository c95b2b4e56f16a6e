"""The library: documents, texts, chunks, their words, and their vectors."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR

revision = "0001"
down_revision = None
branch_labels = ("layer3",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("tags", sa.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("documents_sha256_check")),
        sa.CheckConstraint("chunks >= 0", name=op.f("documents_chunks_check")),
        sa.CheckConstraint("pages > 0", name=op.f("documents_pages_check")),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("documents_size_bytes_check")),
        sa.PrimaryKeyConstraint("id", name="documents_pkey"),
        sa.UniqueConstraint("sha256", name="documents_sha256_key"),
    )
    op.create_index("documents_place_idx", "documents", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_index("documents_tags_idx", "documents", ["tags"], postgresql_using="gin")
    op.create_table(
        "embedding_spaces",
        sa.Column("id", sa.SmallInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimension", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('filling', 'active', 'retired')", name=op.f("embedding_spaces_state_check")),
        sa.CheckConstraint("dimension BETWEEN 1 AND 4000", name=op.f("embedding_spaces_dimension_check")),
        sa.PrimaryKeyConstraint("id", name="embedding_spaces_pkey"),
        sa.UniqueConstraint("id", "dimension", name="embedding_spaces_id_dimension_key"),
        sa.UniqueConstraint("name", name="embedding_spaces_name_key"),
    )
    op.create_index(
        "embedding_spaces_active_idx",
        "embedding_spaces",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "chunks",
        sa.Column("no", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.CheckConstraint("index >= 0", name=op.f("chunks_index_check")),
        sa.CheckConstraint("page > 0", name=op.f("chunks_page_check")),
        sa.CheckConstraint('start >= 0 AND char_length(text) = "end" - start', name=op.f("chunks_offsets_check")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="chunks_document_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("no", name="chunks_pkey"),
        sa.UniqueConstraint("document_id", "index", name="chunks_document_id_index_key"),
        sa.UniqueConstraint("id", name="chunks_id_key"),
    )
    op.create_table(
        "texts",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="texts_document_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("document_id", name="texts_pkey"),
    )
    op.create_table(
        "embeddings",
        sa.Column("chunk_no", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.SmallInteger(), nullable=False),
        sa.Column("dimension", sa.SmallInteger(), nullable=False),
        sa.Column("dense", VECTOR(), nullable=False),
        sa.CheckConstraint("vector_dims(dense) = dimension", name=op.f("embeddings_dimension_check")),
        sa.ForeignKeyConstraint(["chunk_no"], ["chunks.no"], name="embeddings_chunk_no_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["space_id", "dimension"],
            ["embedding_spaces.id", "embedding_spaces.dimension"],
            name="embeddings_space_id_dimension_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("chunk_no", "space_id", name="embeddings_pkey"),
    )
    op.create_table(
        "postings",
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("chunk_no", sa.Integer(), nullable=False),
        sa.Column("weight", sa.REAL(), nullable=False),
        sa.CheckConstraint("weight > 0 AND weight < 'infinity'", name=op.f("postings_weight_check")),
        sa.CheckConstraint("term BETWEEN 0 AND 4294967295", name=op.f("postings_term_check")),
        sa.ForeignKeyConstraint(["chunk_no"], ["chunks.no"], name="postings_chunk_no_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("term", "chunk_no", name="postings_pkey", postgresql_include=["weight"]),
    )
    op.create_index("postings_chunk_no_idx", "postings", ["chunk_no"])


def downgrade() -> None:
    for table in ("embeddings", "embedding_spaces", "postings", "chunks", "texts", "documents"):
        op.drop_table(table)
