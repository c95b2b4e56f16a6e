"""Sources and their items."""

import sqlalchemy as sa
from alembic import op

revision = "layer4_0002"
down_revision = "layer4_0001"
branch_labels = None
depends_on = None

NOW = sa.text("now()")
FALSE, EMPTY = sa.text("false"), sa.text("''")


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("delete_after", sa.Integer(), nullable=False),
        sa.Column("watch", sa.Boolean(), nullable=False),
        sa.Column("requested", sa.Boolean(), nullable=False, server_default=FALSE),
        sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=FALSE),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.CheckConstraint("kind IN ('folder', 'url', 'feed', 'sitemap')", name=op.f("sources_kind_check")),
        sa.CheckConstraint("delete_after >= 0", name=op.f("sources_delete_after_check")),
        sa.PrimaryKeyConstraint("id", name="sources_pkey"),
        sa.UniqueConstraint("kind", "location", name="sources_kind_location_key"),
    )
    op.create_table(
        "source_items",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("stamp", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("etag", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("modified", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("source_items_sha256_check")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="source_items_source_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id", "key", name="source_items_pkey"),
    )
    op.create_index("source_items_document_id_idx", "source_items", ["document_id"])
    op.create_index("source_items_previous_id_idx", "source_items", ["previous_id"])


def downgrade() -> None:
    op.drop_table("source_items")
    op.drop_table("sources")
