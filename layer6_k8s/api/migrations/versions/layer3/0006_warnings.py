"""What was left out of a document, its headings and tables, and which version of the parser read it.

That is 1 for all that is stored already.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE documents ADD COLUMN warnings text[] DEFAULT '{}' NOT NULL")
    op.execute(
        "ALTER TABLE documents ADD COLUMN parser smallint DEFAULT 1 NOT NULL "
        "CONSTRAINT documents_parser_check CHECK (parser > 0)"
    )
    op.execute("ALTER TABLE texts ADD COLUMN outline jsonb DEFAULT '{}' NOT NULL")


def downgrade() -> None:
    op.drop_column("texts", "outline")
    op.drop_column("documents", "parser")
    op.drop_column("documents", "warnings")
