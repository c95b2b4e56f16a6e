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

from api.adapters.postgres.database import Database
from api.adapters.postgres.search.reembedding import PostgresReembedding
from api.config import Settings
from api.errors import MyStackError
from api.services.documents.reembedding import Reembedding
from api.services.embedding.embeddings import Counted, Embeddings, Space
from api.services.embedding.encoder_threads import EncoderThreads
from api.wiring import encoder_threads

CONNECTIONS = 2
COUNT_SECONDS = 600.0  # counting what is missing among a million chunks


async def reembed(settings: Settings, progress: IO[str], *, rollback: bool) -> str:
    """Answers with one sentence. Raises `MyStackError`."""
    database = Database(
        settings.database_url.get_secret_value(),
        connections=CONNECTIONS,
        seconds=COUNT_SECONDS,
        write_seconds=settings.database_write_seconds,
    )
    spaces = PostgresReembedding(database)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(database)
        await stack.enter_async_context(spaces.alone())
        threads = encoder_threads(settings)
        embeddings = Embeddings(threads)
        entered: list[EncoderThreads] = []

        async def space() -> Space:
            if not entered:  # returning to a space that is full needs no model
                entered.append(await stack.enter_async_context(threads))
            return await embeddings.space()

        async def embed(texts: Sequence[str]) -> Counted:
            await space()
            return await embeddings.embed_counted(texts, None, None)

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
