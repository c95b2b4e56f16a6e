"""A sync: compares a source with the library, queues what is new or changed, and deletes what has been gone for long.

It never deletes because a source cannot be read, and it asks before it deletes most documents of one.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from uuid import UUID, uuid4

from api.errors import MyStackError
from api.services.documents.ingestion import Upload, checksum
from api.services.documents.store import DocumentReader, MetadataValue, StoreUnavailable
from api.services.jobs.current import report
from api.services.jobs.fetching import FetchFailed
from api.services.jobs.jobs import BULK, Claim, NewJob, error_of
from api.services.jobs.stores import JobStore
from api.services.parsing.filenames import safe_filename
from api.services.sources.errors import Changing, SourceNotFound, SourceUnavailable, SyncWouldDeleteMost, Vanished
from api.services.sources.sources import Item, ItemStore, Origin, Read, Source, SourceKind, SourceStore, Version

MOST_PASSES = 5
"""Syncs that one job makes one after the other, because they were requested meanwhile."""
MOST_ROUNDS = 10
"""How often a file that is being written is looked at again."""
MOST_UNREACHABLE = 10
"""Pages that cannot be reached one after the other, until the server counts as gone."""
A_FEW = 3
"""So many documents are deleted without a question."""


class SyncHandler:
    """Does a job of the kind `sync`; its subject is the source."""

    def __init__(
        self,
        *,
        sources: SourceStore,
        items: ItemStore,
        origins: Mapping[SourceKind, Origin],
        reader: DocumentReader,
        jobs: JobStore,
    ) -> None:
        self.sources = sources
        self.items = items
        self.origins = origins
        self.reader = reader
        self.jobs = jobs

    async def __call__(self, claim: Claim) -> None:
        """See `Handler`. Raises the errors of `sources.py`, and what fetching raises."""
        if claim.subject is None:
            raise SourceNotFound
        for _ in range(MOST_PASSES):
            source = await self.sources.begin(claim.subject)
            sync = Sync(self, source, claim.batch_id)
            try:
                await sync.run()
            except Exception as error:
                with suppress(StoreUnavailable):
                    await self.sources.end(source.id, sync.counts, error_of(error)[0])
                raise
            if not await self.sources.end(source.id, sync.counts, None):
                return


class Sync:
    """One comparison. `counts`: what was done so far."""

    def __init__(self, parts: SyncHandler, source: Source, batch_id: UUID | None) -> None:
        self.parts = parts
        self.items = parts.items
        self.source = source
        self.batch_id = batch_id
        self.origin = parts.origins[source.kind]
        self.counts: Counter[str] = Counter()
        self.known: dict[str, Item] = {}
        self.stamps: dict[str, str] = {}
        self.unreachable = 0
        """Items that could not be fetched, one after the other."""
        self.gone: set[str] = set()
        self.movable: dict[str, str] = {}
        """Keys of items that are gone, by their checksums: the same bytes under a new path are no new document."""

    async def run(self) -> None:
        listing = await self.origin.listing(self.source)
        self.counts.update(listing.skipped)
        self.known = {item.key: item for item in await self.parts.sources.items(self.source.id)}
        self.stamps = dict(listing.stamps)
        if listing.complete:
            self.gone = {key for key in self.known if key not in self.stamps}
        if self.source.kind == "folder":
            items = [self.known[key] for key in self.gone]
            self.movable = {item.version.sha256: item.key for item in items if item.version.sha256 and item.held}
        same = [key for key in self.stamps if self._is_same(key)]
        await self.items.seen(self.source.id, same)
        self.counts["unchanged"] += len(same)
        order = [key for key in self.stamps if key not in self.known] + [k for k in self.known if k in self.stamps]
        await self._take_all([key for key in order if not self._is_same(key)])
        await self._delete()

    def _is_same(self, key: str) -> bool:
        """Whether the listing alone says that the item is unchanged."""
        item, stamp = self.known.get(key), self.stamps[key]
        return bool(item and item.held and not item.error and stamp and item.version.stamp == stamp)

    async def _take_all(self, keys: list[str]) -> None:
        for _ in range(MOST_ROUNDS):
            if not keys:
                return
            await asyncio.sleep(self.origin.settle)
            changing = []
            for number, key in enumerate(keys):
                report("comparing", 0.9 * number / len(keys))
                if not await self._is_taken(key):
                    changing.append(key)
            keys = changing
        self.counts["changing"] += len(keys)
        await self.items.seen(self.source.id, keys)

    async def _is_taken(self, key: str) -> bool:
        """Take an item, whatever becomes of it; False if it is being written just now."""
        try:
            await self._take(key)
        except Vanished:
            if key in self.known:
                self.gone.add(key)
            elif self.source.kind == "url":
                raise SourceUnavailable("The server has nothing at this address.") from None
        except Changing as change:
            self.stamps[key] = change.stamp
            return False
        except (StoreUnavailable, SourceNotFound):
            raise
        except MyStackError as error:
            self.counts["failed"] += 1
            await self.items.failed(self.source.id, key, error.detail)
            self.unreachable = self.unreachable + 1 if isinstance(error, FetchFailed) else 0
            if self.source.kind == "url" or self.unreachable > MOST_UNREACHABLE:
                raise
        else:
            self.unreachable = 0
        return True

    async def _take(self, key: str) -> None:
        item = self.known.get(key)
        whole = item if item and item.held and not item.error else None
        read = await self.origin.read(self.source, key, self.stamps[key], whole.version if whole else None)
        if read is None:
            self.counts["unchanged"] += 1
            await self.items.seen(self.source.id, [key])
            return
        version = replace(read.version, sha256=await checksum(read.data))
        if item and item.held and item.document_id and item.version.sha256 == version.sha256:
            self.counts["unchanged"] += 1
            await self.items.place(self.source.id, key, version, item.document_id)
        elif item is None and (old := self.movable.pop(version.sha256 or "", None)):
            self.counts["renamed"] += 1
            await self.items.move(self.source.id, old, key, version, safe_filename(read.filename))
            self.gone.discard(old)
        else:
            document_id = await self._queued(key, read, version)
            await self.items.place(self.source.id, key, version, document_id)
            self.counts["changed" if item and item.document_id else "new"] += 1

    async def _queued(self, key: str, read: Read, version: Version) -> UUID:
        """The id of the document with these bytes: one that is stored, or that a job reads."""
        sha256 = version.sha256 or ""
        if document := await self.parts.reader.document(sha256=sha256):
            return document.id
        metadata: dict[str, MetadataValue] = {"source": str(self.source.id)}
        if self.source.kind != "folder":
            metadata["url"] = key
        upload = Upload(uuid4(), safe_filename(read.filename), metadata)
        job = await self.parts.jobs.add(NewJob(uuid4(), "ingest", upload, BULK, self.batch_id), read.data, sha256)
        return job.document_id or upload.id

    async def _delete(self) -> None:
        """Delete what has been missing for long. Raises `SyncWouldDeleteMost`."""
        due = await self.items.missing(self.source.id, self.gone)
        self.counts["missing"] += len(self.gone) - len(due)
        if len(due) > A_FEW and 2 * len(due) > len(self.known) and not self.source.confirmed:
            raise SyncWouldDeleteMost(
                f"The sync would delete {len(due):,} of {len(self.known):,} documents of this source, and has deleted"
                f" none. If that is right, confirm it: POST /sources/{self.source.id}/sync?confirm=true"
            )
        for key in due:
            await self.items.forget(self.source.id, key)
            self.counts["deleted"] += 1
