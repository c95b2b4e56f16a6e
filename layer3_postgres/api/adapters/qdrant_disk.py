"""How Qdrant's local mode writes to its disk.

It keeps points in SQLite and commits each on its own, which waits for the disk some twenty milliseconds: an upload of
a book would take a minute. With a write-ahead log a commit does not wait, and one checkpoint at the end of a call
makes all of it durable. There is no setting for that, so this file reaches into the client; nothing else does.
"""

import sqlite3

from qdrant_client import QdrantClient
from qdrant_client.local.qdrant_local import QdrantLocal


def write_ahead(client: QdrantClient, collection: str) -> None:
    """Let commits not wait. Until the next checkpoint a power cut may lose them, a killed process does not."""
    connection = _connection(client, collection)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def checkpoint(client: QdrantClient, collection: str) -> None:
    """Wait until everything written so far is on the disk."""
    _connection(client, collection).execute("PRAGMA wal_checkpoint(FULL)")


def _connection(client: QdrantClient, collection: str) -> sqlite3.Connection:
    local = client._client
    if not isinstance(local, QdrantLocal) or (storage := local.collections[collection].storage) is None:
        raise TypeError("only the local mode in a folder has a disk here")
    return storage.storage
