"""`python -m api.entrypoints.reembed PROGRESS [ACTION]`: embeds every chunk with the model that the settings name.

ACTION is `run`, `rollback` or `drop-retired`. PROGRESS is the number of an open file descriptor, to which progress is
written in lines of JSON:

    {"done": 64, "total": 1000}    then {"result": sentence}, or {"error": sentence} and exit status 2
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import IO, Any

from api.adapters.postgres.tenants.directory import PostgresDirectory
from api.adapters.postgres.tenants.reembedding import TenantReembedding
from api.capabilities.database import open_database
from api.capabilities.embeddings import embeddings
from api.capabilities.following import model_location
from api.config import Settings
from api.errors import MyStackError
from api.services.documents.reembedding import Reembedding
from api.services.embedding.embeddings import Counted, Embeddings, Space

CONNECTIONS = 2
COUNT_SECONDS = 600.0  # counting the chunks without a vector among a million
DROP_SECONDS = 3_600.0  # deleting a million vectors


async def reembed(settings: Settings, action: str, progress: IO[str]) -> str:
    """Returns one sentence. Raises `MyStackError`."""
    async with AsyncExitStack() as stack:
        database = open_database(
            settings,
            connections=CONNECTIONS,
            seconds=COUNT_SECONDS,
            write_seconds=DROP_SECONDS,
        )
        await stack.enter_async_context(database)
        spaces = TenantReembedding(database, PostgresDirectory(database))
        await stack.enter_async_context(spaces.exclusive())
        loaded: list[Embeddings] = []

        async def model() -> Embeddings:
            if not loaded:  # a rollback to a complete space needs no model
                loaded.append(await stack.enter_async_context(embeddings(settings)))
            return loaded[0]

        async def space() -> Space:
            return await (await model()).space()

        async def embed(texts: Sequence[str]) -> Counted:
            return await (await model()).embed_counted(texts, None, None)

        def on_progress(done: int, total: int) -> None:
            send(progress, done=done, total=total)

        work = Reembedding(
            spaces,
            space=space,
            embed=embed,
            model=model_location(settings),
            on_progress=on_progress,
        )
        actions = {"run": work.run, "rollback": work.rollback, "drop-retired": work.drop_retired}
        return await actions[action]()


def send(progress: IO[str], **message: Any) -> None:
    progress.write(json.dumps(message) + "\n")
    progress.flush()


def main() -> int:
    descriptor, action = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "run"
    with open(descriptor, "w", encoding="utf-8") as progress:
        try:
            result = asyncio.run(reembed(Settings(), action, progress))
        except MyStackError as error:
            send(progress, error=error.detail)
            return 2
        send(progress, result=result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
