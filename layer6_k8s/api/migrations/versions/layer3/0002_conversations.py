"""Conversations, their messages, and the sources of these."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("updated_at >= created_at", name=op.f("conversations_updated_at_check")),
        sa.PrimaryKeyConstraint("id", name="conversations_pkey"),
    )
    op.create_index("conversations_place_idx", "conversations", [sa.text("updated_at DESC"), sa.text("id DESC")])
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("(role = 'assistant') = (answer IS NOT NULL)", name=op.f("messages_answer_check")),
        sa.CheckConstraint("role IN ('user', 'assistant')", name=op.f("messages_role_check")),
        sa.CheckConstraint("index >= 0", name=op.f("messages_index_check")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="messages_conversation_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="messages_pkey"),
        sa.UniqueConstraint("conversation_id", "index", name="messages_conversation_id_index_key"),
    )
    op.create_table(
        "message_sources",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("marker", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("chunk_id", sa.Uuid(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.CheckConstraint("marker > 0", name=op.f("message_sources_marker_check")),
        sa.CheckConstraint("page > 0", name=op.f("message_sources_page_check")),
        sa.CheckConstraint('start >= 0 AND "end" >= start', name=op.f("message_sources_offsets_check")),
        sa.ForeignKeyConstraint(["chunk_id"], ["chunks.id"], name="message_sources_chunk_id_fkey", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="message_sources_message_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "marker", name="message_sources_pkey"),
    )
    op.create_index("message_sources_chunk_id_idx", "message_sources", ["chunk_id"])


def downgrade() -> None:
    for table in ("message_sources", "messages", "conversations"):
        op.drop_table(table)
