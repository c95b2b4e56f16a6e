"""The routers, one per line, what /docs says of them, how large a body each may be sent, what is admitted first."""

from fastapi import APIRouter

from api.config import Settings
from api.errors import BodyTooLarge, MyStackError
from api.routes.chat import router as chat
from api.routes.conversations import router as conversations
from api.routes.documents import router as documents
from api.routes.embeddings import router as embeddings
from api.routes.health import router as health
from api.routes.models import router as models
from api.routes.openai import router as openai
from api.routes.search import router as search
from api.services.parsing.errors import DocumentTooLarge

ROUTERS: list[APIRouter] = [
    chat,
    health,
    models,
    openai,
    documents,
    search,
    embeddings,
    conversations,
]

TAGS: dict[str, str] = {
    "chat": "Ask, and have the answer at once or as it is written.",
    "health": "Whether the service can be used, and what is wrong where it cannot. These need no API key.",
    "models": "Which models can be asked, and which one answers by default.",
    "openai": "The same service for clients that speak OpenAI's protocol: their base URL is this address and `/v1`.",
    "documents": "What answers are drawn from: upload, list, read, delete.",
    "search": "The passages that fit a question, without an answer.",
    "conversations": "What was asked and answered, kept until it is deleted. A conversation begins at `/chat`.",
}

FORM_BYTES = 1_000_000  # what a form adds to the document it carries


def body_limit(path: str, settings: Settings) -> tuple[int, MyStackError]:
    """How many bytes a body may have at `path`, and what is answered to more."""
    if path.startswith("/documents"):
        message = f"A document may have {settings.max_upload_bytes} bytes here."
        return settings.max_upload_bytes + FORM_BYTES, DocumentTooLarge(message)
    return settings.max_body_bytes, BodyTooLarge(f"A request may have {settings.max_body_bytes} bytes here.")


def limit_for(method: str, path: str) -> str | None:
    """The limit that a request counts against; None for what is never refused: health, the page, reads."""
    if method == "POST" and (path.startswith("/documents") or path == "/v1/embeddings"):
        return "documents"
    return "requests" if method == "POST" else None
