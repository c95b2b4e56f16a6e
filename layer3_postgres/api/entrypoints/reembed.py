"""`python -m api.entrypoints.reembed PROGRESS [--rollback]`: embeds every chunk with the model that the settings name.

PROGRESS is the number of an open file descriptor, to which it says how far it is, in lines of JSON:

    {"done": 64, "total": 1000}    then {"said": sentence}, or {"error": sentence} and exit status 2
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import IO, Any

from api.adapters.postgres.search.reembedding import PostgresReembedding
from api.capabilities.database import open_database
from api.capabilities.embeddings import embeddings
from api.config import Settings
from api.errors import MyStackError
from api.services.documents.reembedding import Reembedding
from api.services.embedding.embeddings import Counted, Embeddings, Space

CONNECTIONS = 2
COUNT_SECONDS = 600.0  # counting what is missing among a million chunks


async def reembed(settings: Settings, progress: IO[str], *, rollback: bool) -> str:
    """Answers with one sentence. Raises `MyStackError`."""
    async with AsyncExitStack() as stack:
        database = open_database(settings, connections=CONNECTIONS, seconds=COUNT_SECONDS)
        spaces = PostgresReembedding(await stack.enter_async_context(database))
        await stack.enter_async_context(spaces.alone())
        loaded: list[Embeddings] = []

        async def model() -> Embeddings:
            if not loaded:  # returning to a complete space needs no model
                loaded.append(await stack.enter_async_context(embeddings(settings)))
            return loaded[0]

        async def space() -> Space:
            return await (await model()).space()

        async def embed(texts: Sequence[str]) -> Counted:
            return await (await model()).embed_counted(texts, None, None)

        def told(done: int, total: int) -> None:
            say(progress, done=done, total=total)

        work = Reembedding(spaces, space, embed, told)
        return await (work.rollback() if rollback else work.run())


def say(progress: IO[str], **what: Any) -> None:
    progress.write(json.dumps(what) + "\n")
    progress.flush()


def main() -> int:
    with open(int(sys.argv[1]), "w", encoding="utf-8") as progress:
        try:
            said = asyncio.run(reembed(Settings(), progress, rollback="--rollback" in sys.argv))
        except MyStackError as error:
            say(progress, error=error.detail)
            return 2
        say(progress, said=said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
