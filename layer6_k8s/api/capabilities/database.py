"""PostgreSQL, and the stores of documents, words and vectors in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from api.adapters.layer_file import read_layer
from api.adapters.postgres.database import Database
from api.adapters.postgres.documents.document_reader import PostgresDocumentReader
from api.adapters.postgres.documents.document_store import PostgresDocumentStore, Write
from api.adapters.postgres.search.index import PostgresIndex
from api.adapters.postgres.search.spaces import Spaces
from api.adapters.postgres.tenants.database import TenantDatabase
from api.adapters.postgres.tenants.index import TenantIndex
from api.adapters.postgres.tenants.roles import upgrade_as
from api.adapters.postgres.tenants.spaces import SpacesWithoutIndex
from api.config import Settings
from api.services.embedding.active_space import ModelLocation
from api.services.embedding.embeddings import SpaceSource

WRITE_SECONDS = 120.0
"""Longest transaction that stores or deletes one document."""


def open_database(
    settings: Settings,
    *,
    connections: int | None = None,
    seconds: float | None = None,
    write_seconds: float = WRITE_SECONDS,
) -> TenantDatabase:
    """PostgreSQL; entering it upgrades its schema. Commands need fewer connections and more time."""
    seconds = seconds or settings.database_timeout_seconds
    scope = checkout_settings(max(seconds, write_seconds))
    owner = settings.database_owner_url.get_secret_value() if settings.database_owner_url else None
    return TenantDatabase(
        settings.database_url.get_secret_value(),
        connections=connections or settings.database_connections,
        seconds=seconds,
        write_seconds=write_seconds,
        scope=lambda: scope,
        upgrade=partial(upgrade_as, owner),
    )


def checkout_settings(seconds: float) -> Mapping[str, str]:
    """How administrators see the connections, and a limit for statements whose client is gone."""
    layer = read_layer(Path(__file__).parents[2])
    return {"application_name": f"mystack layer{layer.number}", "statement_timeout": f"{round(seconds * 1000)}ms"}


@dataclass(frozen=True)
class Stores:
    """The adapters of documents, words and vectors in one database."""

    spaces: Spaces
    reader: PostgresDocumentReader
    store: PostgresDocumentStore
    index: PostgresIndex


def document_stores(
    database: Database, space: SpaceSource, model: ModelLocation | None = None, writes: Sequence[Write] = ()
) -> Stores:
    """`space` gives the embedding space in use, and `model` says where the model of the first space is found.

    `writes` belong to every publication of a document.
    """
    spaces, reader = SpacesWithoutIndex(database, model), PostgresDocumentReader(database)
    return Stores(
        spaces=spaces,
        reader=reader,
        store=PostgresDocumentStore(
            database,
            reader=reader,
            spaces=spaces,
            space=space,
            writes=writes,
        ),
        index=TenantIndex(
            database,
            spaces=spaces,
            space=space,
        ),
    )
