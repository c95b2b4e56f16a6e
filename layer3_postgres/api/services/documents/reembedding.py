"""Changing the embedding model: another space is filled beside the one that answers, and then takes its place.

    open → fill → index → switch, if every chunk has a vector; if not, fill again

Until the switch nobody notices. Documents that are uploaded meanwhile get their vector in the old space from the
service, and in the new one from here; those that are deleted vanish from both. What was filled stays filled, so it may
be stopped at any moment and run again.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from api.errors import MyStackError
from api.services.documents.store import StoredChunk, embedded_text
from api.services.embedding.embeddings import Counted, Space, TextTooLong
from api.services.embedding.encoder_threads import Vectors

BATCH = 64  # chunks embedded, and stored in one transaction

State = Literal["filling", "active", "retired"]
Told = Callable[[int, int], None]
"""Told how many chunks have a vector in the new space, of how many."""


class CannotReembed(MyStackError):
    """The embedding space cannot be changed in that way."""

    status = 409
    code = "cannot_reembed"


@dataclass(frozen=True)
class KnownSpace:
    """A space that is stored; `missing`: so many chunks have no vector in it."""

    space: Space
    state: State
    missing: int


@dataclass(frozen=True)
class NumberedChunk:
    number: int
    chunk: StoredChunk


class FillableSpaces(Protocol):
    """The spaces, and the chunks that have no vector in one. All methods raise `StoreUnavailable`."""

    async def known(self) -> Sequence[KnownSpace]:
        """All of them, the newest first."""
        ...

    async def open(self, space: Space) -> None:
        """Have the space, to be filled if it is new."""
        ...

    async def chunks(self) -> int:
        """How many there are."""
        ...

    async def without_vector(self, space: Space, limit: int) -> Sequence[NumberedChunk]: ...

    async def store(self, space: Space, chunks: Sequence[NumberedChunk], dense: Vectors) -> None:
        """Those of the chunks that have not been deleted meanwhile."""
        ...

    async def index(self, space: Space) -> None:
        """See to it that the space can be searched quickly; others may write meanwhile."""
        ...

    async def switch(self, space: Space) -> bool:
        """Let the space answer from now on, atomically; False, and nothing done, when a chunk has no vector in it."""
        ...


class Reembedding:
    """`embed` gives the vectors of texts, and refuses one that the model cannot read whole; `space` names them."""

    def __init__(
        self,
        spaces: FillableSpaces,
        space: Callable[[], Awaitable[Space]],
        embed: Callable[[Sequence[str]], Awaitable[Counted]],
        told: Told,
    ) -> None:
        self.spaces = spaces
        self.space = space
        self.embed = embed
        self.told = told

    async def run(self) -> str:
        """Move all documents to the model's space; answers with a sentence. Raises `CannotReembed`, `NotReady`."""
        space = await self.space()
        if any(known.space == space and known.state == "active" for known in await self.spaces.known()):
            return f"The documents are embedded in {space.name} already."
        await self._move(space)
        return f"The documents are embedded in {space.name} now. Start the service with its EMBEDDING_MODEL."

    async def rollback(self) -> str:
        """Return to the former space. Raises `CannotReembed` when there is none, or when it needs another model."""
        former = next((known for known in await self.spaces.known() if known.state == "retired"), None)
        if former is None:
            raise CannotReembed("There is no former embedding space to return to.")
        if former.missing:
            running = await self.space()
            if running != former.space:
                raise CannotReembed(
                    f"{former.missing} chunks were uploaded since and have no vector in {former.space.name}: name its "
                    f"model with --model, which is {running.name} now."
                )
        await self._move(former.space)
        return f"The documents are embedded in {former.space.name} again. Start the service with its EMBEDDING_MODEL."

    async def _move(self, space: Space) -> None:
        await self.spaces.open(space)
        await self._fill(space)
        await self.spaces.index(space)
        while not await self.spaces.switch(space):
            await self._fill(space)

    async def _fill(self, space: Space) -> None:
        total = await self.spaces.chunks()
        missing = next((known.missing for known in await self.spaces.known() if known.space == space), total)
        done = total - missing
        self.told(done, total)
        while chunks := await self.spaces.without_vector(space, BATCH):
            try:
                embedded = await self.embed([embedded_text(it.chunk) for it in chunks])
            except TextTooLong as error:
                raise CannotReembed(
                    f"The documents were cut for a model that reads more. {error} Choose one that reads more, or "
                    "upload them anew to a service that runs this one."
                ) from error
            await self.spaces.store(space, chunks, embedded.vectors)
            done += len(chunks)
            self.told(done, max(total, done))
