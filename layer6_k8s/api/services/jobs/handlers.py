"""What jobs do, and the stages that they report."""

from dataclasses import replace
from uuid import UUID

from api.services.documents.ingestion import Ingest, Upload, checksum
from api.services.documents.store import Document, DocumentReader, DocumentStore, NewDocument
from api.services.jobs.current import report
from api.services.jobs.fetching import Fetch
from api.services.jobs.jobs import Claim, FileNotKept
from api.services.jobs.resuming import STORING
from api.services.jobs.stores import WorkStore
from api.services.parsing.filenames import safe_filename
from api.services.parsing.parser import DocumentParser, ParsedDocument

READING = 0.05
"""Progress at the beginning of this stage."""


class IngestHandler:
    """Reads a document from its original bytes. For one that is stored already, the new chunks replace the old ones."""

    def __init__(self, ingestion: Ingest, files: WorkStore, reader: DocumentReader) -> None:
        self.ingestion = ingestion
        self.files = files
        self.reader = reader

    async def __call__(self, claim: Claim) -> UUID:
        """See `Handler`. Raises what `Ingest.ingest` raises, and `FileNotKept`."""
        upload = claim.upload
        file = await self.files.file(upload.id)
        if file is None:
            raise FileNotKept
        if await self.reader.document(id=upload.id):
            upload = replace(upload, replaces=upload.id)
        return (await self.ingestion.ingest(upload, file.data)).document.id


class FetchHandler:
    """Fetches a page or a file, keeps its bytes, and reads them. What was fetched once is not fetched again."""

    def __init__(self, fetch: Fetch, files: WorkStore, ingest: IngestHandler) -> None:
        self.fetch = fetch
        self.files = files
        self.ingest = ingest

    async def __call__(self, claim: Claim) -> UUID:
        """See `Handler`. Raises what `Fetch.fetch` and the reading of a document raise."""
        if claim.url and await self.files.file(claim.upload.id) is None:
            report("fetching", 0.01)
            fetched = await self.fetch.fetch(claim.url)
            name = safe_filename(fetched.filename)
            id = await self.files.keep(claim, name, fetched.data, await checksum(fetched.data))
            claim = replace(claim, upload=Upload(id, name, {"url": claim.url}))
            if await self.ingest.reader.document(id=id):
                return id
        return await self.ingest(claim)


class ReportingParser:
    """The port `DocumentParser`, which reports its stage."""

    def __init__(self, parser: DocumentParser) -> None:
        self.parser = parser

    async def parse(self, data: bytes, filename: str) -> ParsedDocument:
        report("reading", READING)
        return await self.parser.parse(data, filename)


class ReportingStore:
    """The port `DocumentStore`, which reports its stage."""

    def __init__(self, store: DocumentStore) -> None:
        self.store = store

    async def publish(self, new: NewDocument, replaces: UUID | None) -> Document:
        report("storing", STORING)
        return await self.store.publish(new, replaces)

    async def remove(self, document_id: UUID) -> None:
        await self.store.remove(document_id)
