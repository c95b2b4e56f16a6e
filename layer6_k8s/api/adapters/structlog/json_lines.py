"""Logs as JSON, one object per line: for containers, whose logs a machine reads.

{"time": "…Z", "level": "info", "logger": "mystack.access", "message": "GET /health 200 1.2 ms", "request_id": …}
"""

import logging
from collections.abc import Callable, Iterable, Mapping

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Ids = Callable[[], Mapping[str, str]]
"""Gives ids of what is going on: a request, a trace, a conversation, a job."""

SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "celery")
"""Loggers that print lines of their own; they are to use ours."""
ACCESS = ("method", "route", "path", "status", "seconds")
"""What the access log says of a request, beside its message. Nothing else that is given by `extra` is written."""


def log_json(handlers: Iterable[logging.Handler], ids: Iterable[Ids]) -> None:
    """Make these handlers write JSON, with the ids in each line, and pass the lines of servers to them."""
    formatter = json_formatter(*ids)
    for handler in handlers:
        handler.setFormatter(formatter)
    for name in SERVERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def json_formatter(*ids: Ids) -> logging.Formatter:
    """Formats a record as JSON, with all of these ids."""

    def add_ids(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        for source in ids:
            event.update(source())
        return event

    shared: list[Processor] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(ACCESS),
        add_ids,
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("message"),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
