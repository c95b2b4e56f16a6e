"""Logs: text for a terminal, or JSON with the ids of request, trace, conversation and job."""

import logging
from collections.abc import Mapping

from api.config import Settings
from api.services.jobs.current import current_work
from api.services.serving.context import current_request_id
from api.services.serving.noted import noted_ids


def log_as_set(settings: Settings) -> None:
    """Write JSON if LOG_FORMAT says so. Logging has been configured: only the format changes."""
    if settings.log_format == "json":
        from api.adapters.otel.current import current_ids
        from api.adapters.structlog.json_lines import log_json

        ours = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
        log_json(ours, [request_and_job, noted_ids, current_ids])


def request_and_job() -> Mapping[str, str]:
    """The request that is answered, and the job that runs, if any."""
    ids = {}
    if (request_id := current_request_id.get()) != "-":
        ids["request_id"] = request_id
    if work := current_work.get():
        ids["job_id"] = str(work.claim.id)
    return ids
