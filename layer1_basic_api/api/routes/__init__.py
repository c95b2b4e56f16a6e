"""The routers of this layer, one per line, how large a body each may be sent, and what is admitted first."""

from fastapi import APIRouter

from api.config import Settings
from api.errors import BodyTooLarge, MyStackError
from api.routes.chat import router as chat
from api.routes.health import router as health
from api.routes.models import router as models
from api.routes.openai import router as openai

ROUTERS: list[APIRouter] = [
    chat,
    health,
    models,
    openai,
]


def body_limit(path: str, settings: Settings) -> tuple[int, MyStackError]:
    """How many bytes a body may have at `path`, and what is answered to more."""
    return settings.max_body_bytes, BodyTooLarge(f"A request may have {settings.max_body_bytes} bytes here.")


def door(method: str, path: str) -> str | None:
    """Which of the doors a request has to pass; None for what is never refused: health, the page, what is looked up."""
    return "requests" if method == "POST" else None
