"""Archives of tenants: what writes them, and what imports them."""

from pathlib import Path

from api.adapters.layer_file import read_layer
from api.adapters.postgres.archives.importing import PostgresImport
from api.adapters.postgres.archives.snapshot import PostgresTenant
from api.adapters.postgres.archives.store import PostgresArchives
from api.adapters.postgres.search.spaces import Spaces
from api.adapters.postgres.tenants.audit import PostgresAudit
from api.adapters.postgres.tenants.database import TenantDatabase
from api.adapters.postgres.tenants.tenants import PostgresTenants
from api.config import Settings
from api.services.archives.export import ExportHandler
from api.services.archives.importing import TenantImport
from api.services.archives.service import TenantArchives
from api.services.embedding.embeddings import Embeddings
from api.services.jobs.service import JobService

IMPORT_SECONDS = 3_600.0
"""Longest import: one transaction."""


def export_handler(settings: Settings, database: TenantDatabase) -> ExportHandler:
    """What runs `export` jobs."""
    layer = read_layer(Path(__file__).parents[2])
    return ExportHandler(
        PostgresTenant(database, seconds=settings.job_seconds),
        PostgresArchives(database),
        made_by=f"mystack {layer.version}",
    )


def tenant_archives(database: TenantDatabase, embedder: Embeddings, spaces: Spaces, jobs: JobService) -> TenantArchives:
    """For the API."""
    return TenantArchives(
        PostgresTenants(database),
        jobs,
        PostgresArchives(database),
        TenantImport(PostgresImport(database, spaces, seconds=IMPORT_SECONDS), embedder.space),
        PostgresAudit(database),
    )
