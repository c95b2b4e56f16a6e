"""A target that a dry run looks at, and does not touch: not even to bring its tables up to date."""

from typing import Any

from mystack.migrate.side import Stocked

TABLES = "SELECT to_regclass('documents') IS NOT NULL, to_regclass('transfer.carried') IS NOT NULL"
STOCK = "SELECT id::text, filename, sha256, chunks, {carried} FROM documents"
CARRIED = "id IN (SELECT document_id FROM transfer.carried)"


class Look:
    """The documents of the PostgreSQL at an address; none where there is no address."""

    def __init__(self, name: str, url: str | None) -> None:
        self.name = name
        self._url = url

    def stock(self) -> dict[str, Stocked]:
        """By id."""
        if self._url is None:
            return {}
        import psycopg  # only the layers that use PostgreSQL have it installed

        with psycopg.connect(self._url, options="-c default_transaction_read_only=on") as connection:
            documents, carried = connection.execute(TABLES).fetchone() or (False, False)
            query = STOCK.format(carried=CARRIED if carried else "false").encode()
            rows: list[Any] = connection.execute(query).fetchall() if documents else []
        return {row[0]: Stocked(*row) for row in rows}
