"""Logging: one format, with the request id in every line."""

import logging

from api.services.serving.context import current_request_id

FORMAT = "%(levelname)s %(name)s %(request_id)s: %(message)s"


def configure_logging(level: str) -> None:
    """Set the level of our own loggers only: libraries would log addresses and prompts."""
    handler = logging.StreamHandler()
    handler.addFilter(_add_request_id)
    logging.basicConfig(format=FORMAT, handlers=[handler])
    logging.getLogger("mystack").setLevel(level)


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = current_request_id.get()
    return True
