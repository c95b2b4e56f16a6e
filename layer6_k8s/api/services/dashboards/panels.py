"""The one list of panels, behind Grafana's files and the page at /dashboard."""

from api.services.dashboards.api_panels import API
from api.services.dashboards.cost_panels import COSTS
from api.services.dashboards.rag_panels import RAG
from api.services.dashboards.system_panels import SYSTEM

DASHBOARDS = (API, RAG, SYSTEM, COSTS)
