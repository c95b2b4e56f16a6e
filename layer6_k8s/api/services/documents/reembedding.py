"""Changing the embedding model: a new space is filled next to the active one, and then becomes the active one.

    open → fill → index → switch, if every chunk has a vector; otherwise fill again

Until the switch the service answers from the former space. It embeds documents that are uploaded meanwhile in the
former space, and they are embedded in the new one here; deleted documents vanish from both. Vectors are kept when the
command is stopped, so running it again continues.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from api.errors import MyStackError
from api.services.documents.store import StoredChunk, embedded_text
from api.services.embedding.active_space import ModelLocation
from api.services.embedding.embeddings import Counted, Space, TextTooLong
from api.services.embedding.encoder_threads import Vectors

BATCH = 64  # chunks that are embedded, and stored in one transaction

State = Literal["filling", "active", "retired"]
OnProgress = Callable[[int, int], None]
"""Gets the number of chunks that have a vector in the new space, and the number of all chunks."""


class CannotReembed(MyStackError):
    """The embedding space cannot be changed in that way."""

    status = 409
    code = "cannot_reembed"


@dataclass(frozen=True)
class KnownSpace:
    """A stored space. `missing`: number of chunks without a vector in it."""

    space: Space
    state: State
    missing: int


@dataclass(frozen=True)
class NumberedChunk:
    number: int
    chunk: StoredChunk


class FillableSpaces(Protocol):
    """The stored spaces, and the chunks without a vector in one. All methods raise `StoreUnavailable`."""

    async def known(self) -> Sequence[KnownSpace]:
        """All spaces, newest first."""
        ...

    async def open(self, space: Space, model: ModelLocation | None) -> None:
        """Store the space if it is new, and where its model was found, if that is given."""
        ...

    async def chunks(self) -> int:
        """The number of all chunks."""
        ...

    async def without_vector(self, space: Space, limit: int) -> Sequence[NumberedChunk]: ...

    async def store(self, space: Space, chunks: Sequence[NumberedChunk], dense: Vectors) -> None:
        """Store the vectors of those chunks that have not been deleted meanwhile."""
        ...

    async def index(self, space: Space) -> None:
        """Create the space's index if it is missing, without blocking writes."""
        ...

    async def switch(self, space: Space) -> bool:
        """Make the space the active one, atomically. False, and nothing changes, if a chunk has no vector in it."""
        ...

    async def drop(self, space: Space) -> None:
        """Delete a retired space with its vectors and its index."""
        ...


class Reembedding:
    """`embed` embeds texts, and refuses one that exceeds the model's window; `space` and `model` name the model."""

    def __init__(
        self,
        spaces: FillableSpaces,
        *,
        space: Callable[[], Awaitable[Space]],
        embed: Callable[[Sequence[str]], Awaitable[Counted]],
        model: ModelLocation,
        on_progress: OnProgress,
    ) -> None:
        self.spaces = spaces
        self.space = space
        self.embed = embed
        self.model = model
        self.on_progress = on_progress

    async def run(self) -> str:
        """Move all documents to the model's space; returns a sentence. Raises `CannotReembed` and `NotReady`."""
        space = await self.space()
        await self.spaces.open(space, self.model)
        if any(known.space == space and known.state == "active" for known in await self.spaces.known()):
            return f"The documents are embedded in {space.name} already."
        await self._move(space)
        return f"The documents are embedded in {space.name} now. A running service changes to it within seconds."

    async def rollback(self) -> str:
        """Return to the former space. Raises `CannotReembed` if there is none, or if it needs another model."""
        former = next((known for known in await self.spaces.known() if known.state == "retired"), None)
        if former is None:
            raise CannotReembed("There is no former embedding space to return to.")
        if former.missing:
            await self._require_model(former)
        await self._move(former.space)
        return (
            f"The documents are embedded in {former.space.name} again. A running service changes to it within seconds."
        )

    async def drop_retired(self) -> str:
        """Delete all retired spaces; returns a sentence. Raises `CannotReembed` if there is none."""
        retired = [known.space for known in await self.spaces.known() if known.state == "retired"]
        if not retired:
            raise CannotReembed("There is no retired embedding space.")
        for space in retired:
            await self.spaces.drop(space)
        return f"Deleted: {', '.join(space.name for space in retired)}."

    async def _require_model(self, former: KnownSpace) -> None:
        running = await self.space()
        if running != former.space:
            raise CannotReembed(
                f"{former.missing} chunks were uploaded since and have no vector in {former.space.name}: name its "
                f"model with --model, which is {running.name} now."
            )
        await self.spaces.open(former.space, self.model)

    async def _move(self, space: Space) -> None:
        await self._fill(space)
        await self.spaces.index(space)
        while not await self.spaces.switch(space):
            await self._fill(space)

    async def _fill(self, space: Space) -> None:
        total = await self.spaces.chunks()
        missing = next((known.missing for known in await self.spaces.known() if known.space == space), total)
        done = total - missing
        self.on_progress(done, total)
        while chunks := await self.spaces.without_vector(space, BATCH):
            await self.spaces.store(space, chunks, await self._embedded(chunks))
            done += len(chunks)
            self.on_progress(done, max(total, done))

    async def _embedded(self, chunks: Sequence[NumberedChunk]) -> Vectors:
        try:
            return (await self.embed([embedded_text(numbered.chunk) for numbered in chunks])).vectors
        except TextTooLong as error:
            raise CannotReembed(
                f"The chunks were made for a model with a larger window. {error} Choose a model with a larger window, "
                "or upload the documents again to a service that runs this one."
            ) from error
