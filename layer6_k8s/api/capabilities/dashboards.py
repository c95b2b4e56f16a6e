"""Dashboards: from Prometheus if PROMETHEUS_URL is set, else from the samples of this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from api.adapters.prometheus.query_range import PrometheusSamples
from api.config import Settings
from api.services.dashboards.panels import DASHBOARDS
from api.services.dashboards.service import DashboardService, OwnSamples
from api.services.metrics.history import History

PROMETHEUS_SECONDS = 10.0


@asynccontextmanager
async def dashboards(settings: Settings, history: History) -> AsyncIterator[DashboardService]:
    if settings.prometheus_url is None:
        yield DashboardService(DASHBOARDS, OwnSamples(history))
        return
    async with httpx2.AsyncClient(timeout=PROMETHEUS_SECONDS, trust_env=False) as client:
        yield DashboardService(DASHBOARDS, PrometheusSamples(client, settings.prometheus_url))
