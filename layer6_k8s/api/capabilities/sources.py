"""Sources: their service, the handler of their syncs, and who watches folders."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from api.adapters.fetch.http import HttpFetch
from api.adapters.fetch.origins import FeedOrigin, PageOrigin, SitemapOrigin
from api.adapters.folders.changes import FolderChanges
from api.adapters.folders.folder import FolderOrigin
from api.adapters.postgres.database import Database
from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.adapters.postgres.sources.items import PostgresItems
from api.adapters.postgres.sources.leader import PostgresLeader
from api.adapters.postgres.sources.sources import PostgresSources
from api.adapters.postgres.tenants.directory import PostgresDirectory
from api.capabilities.running import running
from api.config import Settings
from api.services.documents.service import DocumentService
from api.services.documents.store import DocumentReader
from api.services.jobs.service import JobService
from api.services.sources.service import SourceService
from api.services.sources.sources import Origin, SourceKind
from api.services.sources.sync import SyncHandler
from api.services.sources.watching import Watching
from api.services.tenants.each import SourcesOfTenants


def folder_origin(settings: Settings) -> FolderOrigin:
    """Files below SOURCE_FOLDERS."""
    return FolderOrigin(settings.source_folders, settings.max_upload_bytes)


def sync_handler(settings: Settings, jobs: PostgresJobs, reader: DocumentReader, fetch: HttpFetch) -> SyncHandler:
    """What does the jobs of the kind `sync`."""
    origins: Mapping[SourceKind, Origin] = {
        "folder": folder_origin(settings),
        "url": PageOrigin(fetch),
        "feed": FeedOrigin(fetch),
        "sitemap": SitemapOrigin(fetch),
    }
    return SyncHandler(
        sources=PostgresSources(jobs.database),
        items=PostgresItems(jobs.database),
        origins=origins,
        reader=reader,
        jobs=jobs,
    )


@asynccontextmanager
async def kept_sources(
    settings: Settings, database: Database, jobs: JobService, library: DocumentService
) -> AsyncIterator[SourceService]:
    """The service; beside it, folders are watched if SOURCE_FOLDERS allows any."""
    service = SourcesOfTenants(
        PostgresSources(database),
        jobs,
        library,
        folder_origin(settings),
        directory=PostgresDirectory(database),
    )
    if not settings.source_folders:
        yield service
        return
    leader = PostgresLeader(settings.database_url.get_secret_value())
    async with running(Watching(service, leader, FolderChanges()).run()):
        yield service
