"""What Alembic runs: for the service, which hands over its connection, and for the `alembic` command."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from api.adapters.postgres.schema.conversation_tables import ConversationRow
from api.adapters.postgres.schema.migrations import engine
from api.adapters.postgres.search.spaces import HNSW_PREFIX
from api.config import Settings


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=ConversationRow.metadata, include_object=_is_ours)
    with context.begin_transaction():
        context.run_migrations()


def _is_ours(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    return not (kind == "index" and name is not None and name.startswith(HNSW_PREFIX))


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with engine(Settings().database_url.get_secret_value()).connect() as own:
        migrate(own)
