"""`mystack tenants index`."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from mystack.installed import require_dependencies
from mystack.migrate.locations import postgresql
from mystack.operating import write
from mystack.project import Refusal, find_layer
from mystack.settings import environment

LARGE = 20_000


def index(
    chunks: Annotated[int, typer.Option(help="Tenants of so many chunks get an index.", min=1)] = LARGE,
    database_url: Annotated[
        str | None, typer.Option(help="URL of the PostgreSQL.", show_default="DATABASE_URL, or the one in --data")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the layer.", show_default=".mystack/layerN")] = None,
    layer: Annotated[str | None, typer.Option(help="Number of the layer.", show_default="the newest")] = None,
) -> None:
    """Give each large tenant a vector index of its own, and drop the indexes that nobody needs any more.

    Run it now and then, and after `mystack reembed`. The service answers meanwhile, and uses a new index within a
    minute. It needs DATABASE_OWNER_URL: only who owns the tables can make indexes on them.

    Examples:

        mystack tenants index

        mystack tenants index --chunks 50000
    """
    chosen = find_layer(layer)
    require_dependencies(chosen)
    env = environment()
    url = database_url or (None if data else env.get("DATABASE_URL") or None)
    with postgresql(chosen, chosen.data(data), url) as location:
        done = subprocess.run(
            [sys.executable, "-m", "api.entrypoints.index_tenants", str(chunks)],
            cwd=chosen.folder,
            env={**env, **location.settings},
            pass_fds=location.keep_open,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        raise Refusal(done.stdout.strip() or "the process ended unexpectedly; the messages above say why")
    write(done.stdout.rstrip())
