"""PostgreSQL, and the stores of documents, words and vectors in it."""

from dataclasses import dataclass

from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.document_reader import PostgresDocumentReader
from api.adapters.postgres.documents.document_store import PostgresDocumentStore
from api.adapters.postgres.search.index import PostgresIndex
from api.adapters.postgres.search.spaces import Spaces
from api.config import Settings
from api.services.embedding.embeddings import SpaceSource

WRITE_SECONDS = 120.0
"""Longest transaction that stores or deletes one document."""


def open_database(
    settings: Settings,
    *,
    connections: int | None = None,
    seconds: float | None = None,
    write_seconds: float = WRITE_SECONDS,
) -> Database:
    """PostgreSQL, to be entered, which brings its schema up to date. Commands need fewer connections and more time."""
    return Database(
        settings.database_url.get_secret_value(),
        connections=connections or settings.database_connections,
        seconds=seconds or settings.database_timeout_seconds,
        write_seconds=write_seconds,
    )


@dataclass(frozen=True)
class Stores:
    """The adapters of documents, words and vectors in one database."""

    spaces: Spaces
    reader: PostgresDocumentReader
    store: PostgresDocumentStore
    index: PostgresIndex


def document_stores(database: Database, space: SpaceSource) -> Stores:
    spaces, reader = Spaces(database), PostgresDocumentReader(database)
    return Stores(
        spaces=spaces,
        reader=reader,
        store=PostgresDocumentStore(
            database,
            reader=reader,
            spaces=spaces,
            space=space,
        ),
        index=PostgresIndex(
            database,
            spaces=spaces,
            space=space,
        ),
    )
