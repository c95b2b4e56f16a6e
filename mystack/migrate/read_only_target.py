"""A target that a dry run looks at, and does not touch: not even to bring its tables up to date."""

from typing import Any

from mystack.migrate.store_client import DocumentSummary

TABLES = "SELECT to_regclass('documents') IS NOT NULL, to_regclass('transfer.imported') IS NOT NULL"
SUMMARIES = "SELECT id::text, filename, sha256, chunks, {imported} FROM documents"
IMPORTED = "id IN (SELECT document_id FROM transfer.imported)"


class ReadOnlyTarget:
    """The documents of the PostgreSQL at an address; none where there is no address."""

    def __init__(self, name: str, url: str | None) -> None:
        self.name = name
        self._url = url

    def summaries(self) -> dict[str, DocumentSummary]:
        """By id."""
        if self._url is None:
            return {}
        import psycopg  # only the layers that use PostgreSQL have it installed

        with psycopg.connect(self._url, options="-c default_transaction_read_only=on") as connection:
            documents, imported = connection.execute(TABLES).fetchone() or (False, False)
            query = SUMMARIES.format(imported=IMPORTED if imported else "false").encode()
            rows: list[Any] = connection.execute(query).fetchall() if documents else []
        return {row[0]: DocumentSummary(*row) for row in rows}
