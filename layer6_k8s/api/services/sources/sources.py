"""Sources: folders, pages, feeds and sitemaps that the library is kept in step with, and the ports around them.

    listing ──▶ new, changed ──▶ a job reads the new version ──▶ its publication deletes the old one
            └─▶ gone ──▶ missing ──after `delete_after` seconds──▶ deleted with its document

Each item of a source has a row, which is written as soon as the item is dealt with: a sync that is killed continues
there.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from api.services.jobs.jobs import JobError
from api.services.parsing.supported import SUFFIXES

SourceKind = Literal[
    "folder",
    "url",
    "feed",
    "sitemap",
]
TYPES = SUFFIXES
"""File types that are taken from a folder."""


@dataclass(frozen=True)
class Source:
    """A source. `location`: a path or an address. `delete_after`: seconds that an item is missing until its document
    is deleted. `counts`: of the last sync. `confirmed`: whether the next sync may delete most documents."""

    id: UUID
    kind: SourceKind
    location: str
    delete_after: int
    watch: bool
    created_at: datetime
    items: int = 0
    synced_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    error: JobError | None = None
    confirmed: bool = False


@dataclass(frozen=True)
class NewSource:
    """A source to be stored."""

    id: UUID
    kind: SourceKind
    location: str
    delete_after: int
    watch: bool


@dataclass(frozen=True)
class Version:
    """What tells one version of an item from another: the checksum, and what the source says of it.

    `stamp`: size and time of a file. `etag` and `modified`: headers of a server.
    """

    sha256: str | None = None
    stamp: str = ""
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Item:
    """A file or page of a source. `key`: its path below the folder, or its address.

    `held`: whether its document is stored, or a job reads it, or could not. `error`: why it could not be taken.
    """

    key: str
    version: Version
    document_id: UUID | None
    held: bool
    error: str | None = None


@dataclass(frozen=True)
class Read:
    """The bytes of an item. The version has no checksum yet."""

    filename: str
    data: bytes
    version: Version


@dataclass(frozen=True)
class Listing:
    """The items that a source has now, each with its stamp. `complete`: whether all others are gone."""

    stamps: Mapping[str, str]
    complete: bool = True
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Numbers of what was left out, by reason."""


class Origin(Protocol):
    """Where the items of a kind of source come from. `settle`: seconds between the listing and the reading."""

    settle: float

    async def listing(self, source: Source) -> Listing:
        """Raises `SourceUnavailable`, `UnreadableFeed`, and what fetching raises."""
        ...

    async def read(self, source: Source, key: str, stamp: str, known: Version | None) -> Read | None:
        """The item, or None if it is still the version `known`.

        Raises `Vanished`, `Changing` if it does not match `stamp`, and any `MyStackError` if it cannot be read.
        """
        ...


class Folders(Protocol):
    """Says which folders may be sources."""

    def allowed(self, path: str) -> str:
        """The folder's real path. Raises `FolderNotAllowed` and `SourceUnavailable`."""
        ...


class SourceStore(Protocol):
    """The tables of sources. All methods raise `StoreUnavailable`."""

    async def add(self, new: NewSource) -> Source:
        """Raises `SourceExists`."""
        ...

    async def source(self, id: UUID) -> Source | None: ...

    async def sources(self) -> list[Source]: ...

    async def remove(self, id: UUID) -> list[UUID]:
        """Delete a source, its items, and its open job; returns the documents that came of it alone."""
        ...

    async def confirm(self, id: UUID) -> None:
        """Let the next sync delete most documents."""
        ...

    async def request(self, id: UUID, *, confirmed: bool) -> None:
        """Note that the sync that is open shall look again."""
        ...

    async def due(self) -> list[UUID]:
        """Sources with a request that nothing serves, or with documents to delete."""
        ...

    async def begin(self, id: UUID) -> Source:
        """Take the request. Raises `SourceNotFound`."""
        ...

    async def end(self, id: UUID, counts: Mapping[str, int], error: JobError | None) -> bool:
        """Note how a sync ended; returns whether there was another request meanwhile."""
        ...

    async def items(self, id: UUID) -> list[Item]:
        """Those that were not looked at for longest are first."""
        ...


class ItemStore(Protocol):
    """The items of sources and their documents, one transaction each. All methods raise `StoreUnavailable`."""

    async def place(self, source_id: UUID, key: str, version: Version, document_id: UUID) -> None:
        """Give an item this document. The one that it had is deleted when this one is published.

        Raises `SourceNotFound`.
        """
        ...

    async def move(self, source_id: UUID, key: str, to: str, version: Version, filename: str) -> None:
        """Give an item another key, and its document another name."""
        ...

    async def seen(self, source_id: UUID, keys: Collection[str]) -> None: ...

    async def failed(self, source_id: UUID, key: str, error: str) -> None: ...

    async def missing(self, source_id: UUID, keys: Collection[str]) -> list[str]:
        """Note that items are missing; returns those that have been for long enough to be deleted."""
        ...

    async def forget(self, source_id: UUID, key: str) -> None:
        """Delete an item, and its document unless another item has it, or somebody uploaded it."""
        ...


class Leader(Protocol):
    """Chooses one of several processes."""

    def leading(self) -> AbstractAsyncContextManager[None]:
        """Waits until this process is the one. Raises `StoreUnavailable`."""
        ...

    async def check(self) -> None:
        """Raises `StoreUnavailable` if it may no longer be."""
        ...


class Changes(Protocol):
    """Notices changes below folders."""

    def present(self, folders: Collection[str]) -> frozenset[str]:
        """Those of the folders that are there."""
        ...

    def watch(self, folders: Collection[str]) -> AsyncIterator[Sequence[str]]:
        """The folders in which something has changed, whenever something has."""
        ...
