"""Upkeep: refresh the embeddings, and check the data."""

from collections.abc import Mapping

from api.adapters.postgres.database import Database
from api.adapters.postgres.quality.checks import quality_checks
from api.adapters.postgres.quality.reports import PostgresReports
from api.adapters.postgres.quality.texts import PostgresTexts
from api.adapters.postgres.search.reembedding import PostgresReembedding
from api.config import Settings
from api.services.embedding.embeddings import Embeddings
from api.services.jobs.kinds import JobKind
from api.services.jobs.worker import Handler
from api.services.quality.refresh import RefreshHandler
from api.services.quality.report import Check
from api.services.quality.service import QualityHandler, QualityService
from api.services.quality.tasks import REFRESH


def upkeep_handlers(settings: Settings, embedder: Embeddings, database: Database) -> Mapping[JobKind, Handler]:
    """What runs `refresh` and `quality` jobs."""
    spaces = PostgresReembedding(database)
    return {
        "refresh": RefreshHandler(spaces, embedder, seconds=settings.job_seconds / 2),
        "quality": QualityHandler(checks(database), PostgresTexts(database), PostgresReports(database)),
    }


def checks(database: Database) -> list[Check]:
    """All checks of the data, in the order of the report."""
    return [
        *quality_checks(database, REFRESH),
    ]


def quality_reports(database: Database) -> QualityService:
    """The last report, for the API."""
    return QualityService(PostgresReports(database))
