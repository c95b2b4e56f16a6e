"""`python -m api.entrypoints.migrate [--expand]`: the pending migrations, before a release starts.

With `--expand` they may only add to the schema. They wait for locks only briefly, because every request on the table
would wait behind them, and try again.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import OperationalError

from api.adapters.postgres.schema.expanding import ExpandOnly
from api.adapters.postgres.schema.migrations import engine, migrate
from api.adapters.postgres.schema.version import MIGRATIONS
from api.adapters.postgres.tenants.roles import at_database_of, prepare, require_bound, without_views
from api.config import Settings
from api.errors import MyStackError

LOCK_SECONDS = 2
ATTEMPTS = 15
PAUSE_SECONDS = 1.0


def migrated(url: str, *, expand: bool = False, migrations: Path = MIGRATIONS) -> str:
    """One sentence. Raises `MyStackError`, and `OperationalError` when the database or a lock cannot be had."""
    if expand:
        ExpandOnly().install()
    else:
        without_views(url, migrations)
    before = _heads(url)
    patiently(lambda: migrate(url, migrations))
    after = _heads(url)
    return "the schema is current" if after == before else f"the schema is now at {', '.join(after)}"


def migrated_by_owner(settings: Settings, *, expand: bool) -> str:
    """See `migrated`. The owner of the tables migrates them, and makes the service's role if there is none."""
    url = settings.database_url.get_secret_value()
    owner = at_database_of(settings.database_owner_url.get_secret_value(), url) if settings.database_owner_url else url
    done = migrated(owner, expand=expand)
    patiently(lambda: prepare(owner, url))
    require_bound(url)
    return done


def patiently(step: Callable[[], None]) -> None:
    """Run it, and again while the database or a lock cannot be had. Raises the last attempt's `OperationalError`."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            step()
            return
        except OperationalError:
            if attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE_SECONDS)


def _heads(url: str) -> list[str]:
    with engine(url).connect() as connection:
        return sorted(MigrationContext.configure(connection).get_current_heads())


def main() -> int:
    os.environ.setdefault("PGOPTIONS", f"-c lock_timeout={LOCK_SECONDS}s")
    try:
        print(migrated_by_owner(Settings(), expand="--expand" in sys.argv[1:]))  # noqa: T201
    except (MyStackError, OperationalError) as error:
        print(error.detail if isinstance(error, MyStackError) else error.orig)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
