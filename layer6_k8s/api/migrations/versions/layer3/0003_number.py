"""Chunks are numbered by `number` and referred to by `chunk_number`; indexes have the names of their columns."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = (
    ("chunks", "no", "number"),
    ("embeddings", "chunk_no", "chunk_number"),
    ("postings", "chunk_no", "chunk_number"),
)
INDEXES = (
    ("postings_chunk_no_idx", "postings_chunk_number_idx"),
    ("documents_place_idx", "documents_created_at_id_idx"),
    ("conversations_place_idx", "conversations_updated_at_id_idx"),
)

# A foreign key is named after its column, and so is the constraint that PostgreSQL 18 makes of NOT NULL.
CONSTRAINTS = """
    DO $$
    DECLARE found record;
    BEGIN
        FOR found IN
            SELECT conrelid::regclass AS of_table, conname AS name, replace(conname, '{old}', '{new}') AS new_name
            FROM pg_constraint
            WHERE conrelid IN ('chunks'::regclass, 'embeddings'::regclass, 'postings'::regclass)
                AND strpos(conname, '{old}') > 0
        LOOP
            EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', found.of_table, found.name, found.new_name);
        END LOOP;
    END $$
"""


def upgrade() -> None:
    for table, old, new in COLUMNS:
        op.alter_column(table, old, new_column_name=new)
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    op.execute("ALTER SEQUENCE chunks_no_seq RENAME TO chunks_number_seq")
    op.execute(CONSTRAINTS.format(old="_no_", new="_number_"))


def downgrade() -> None:
    op.execute(CONSTRAINTS.format(old="_number_", new="_no_"))
    op.execute("ALTER SEQUENCE chunks_number_seq RENAME TO chunks_no_seq")
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {new} RENAME TO {old}")
    for table, old, new in COLUMNS:
        op.alter_column(table, new, new_column_name=old)
