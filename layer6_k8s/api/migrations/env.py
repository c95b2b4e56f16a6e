"""What Alembic runs: for the service, which hands over its connection, and for the `alembic` command."""

import importlib
import pkgutil
from typing import Any

from alembic import context
from sqlalchemy import Connection

from api.adapters.postgres import schema
from api.adapters.postgres.schema.document_tables import Row
from api.adapters.postgres.schema.migrations import engine
from api.adapters.postgres.search.spaces import HNSW_PREFIX
from api.config import Settings


def migrate(connection: Connection) -> None:
    for module in pkgutil.iter_modules(schema.__path__, f"{schema.__name__}."):
        if module.name.endswith("_tables"):  # importing one adds its tables to the metadata
            importlib.import_module(module.name)
    context.configure(connection=connection, target_metadata=Row.metadata, include_object=_is_ours)
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
