"""The routers, one per line, what /docs says of them, how large a body each may be sent, what is admitted first."""

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

TAGS: dict[str, str] = {
    "chat": "Ask, and have the answer at once or as it is written.",
    "health": "Whether the service can be used, and what is wrong where it cannot. These need no API key.",
    "models": "Which models can be asked, and which one answers by default.",
    "openai": "The same service for clients that speak OpenAI's protocol: their base URL is this address and `/v1`.",
}


def body_limit(path: str, settings: Settings) -> tuple[int, MyStackError]:
    """How many bytes a body may have at `path`, and what is answered to more."""
    return settings.max_body_bytes, BodyTooLarge(f"A request may have {settings.max_body_bytes} bytes here.")


def limit_for(method: str, path: str) -> str | None:
    """The limit that a request counts against; None for what is never refused: health, the page, reads."""
    return "requests" if method == "POST" else None
