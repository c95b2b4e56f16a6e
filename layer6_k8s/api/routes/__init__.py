"""The routers, one per line; their descriptions in /docs; the body size and the concurrency limit of each path."""

from fastapi import APIRouter

from api.config import Settings
from api.errors import BodyTooLarge, MyStackError
from api.http.authentication import ADDRESSED_PATHS, OPEN_PATHS
from api.http.idempotency import answered_once, describe_key
from api.http.spooling import SpoolingRoute
from api.routes.ab_tests import router as ab_tests
from api.routes.archives import router as archives
from api.routes.asking import asking
from api.routes.chat import router as chat
from api.routes.conversations import router as conversations
from api.routes.dashboard import router as dashboard
from api.routes.documents import router as documents
from api.routes.embeddings import router as embeddings
from api.routes.experiments import router as experiments
from api.routes.feedback import router as feedback
from api.routes.health import router as health
from api.routes.jobs import router as jobs
from api.routes.limits import router as limits
from api.routes.mcp.endpoint import router as mcp
from api.routes.metrics import router as metrics
from api.routes.models import router as models
from api.routes.openai import router as openai
from api.routes.preferences import preferring
from api.routes.samples import router as samples
from api.routes.search import router as search
from api.routes.sources import router as sources
from api.routes.tenants import router as tenants
from api.routes.upkeep import router as upkeep
from api.routes.usage import router as usage
from api.services.parsing.errors import DocumentTooLarge

for answered in (documents, jobs):
    describe_key(answered)
documents = preferring(documents)
SpoolingRoute.around.append(answered_once)
OPEN_PATHS.add("/dashboard")
ADDRESSED_PATHS.add("/metrics")
chat, openai, mcp = asking(chat), asking(openai), asking(mcp)

ROUTERS: list[APIRouter] = [
    chat,
    health,
    models,
    openai,
    documents,
    search,
    embeddings,
    mcp,
    conversations,
    jobs,
    upkeep,
    sources,
    dashboard,
    ab_tests,
    samples,
    metrics,
    usage,
    feedback,
    experiments,
    limits,
    tenants,
    archives,
]

TAGS: dict[str, str] = {
    "chat": "Ask a question; the answer comes as a whole or as a stream.",
    "health": "Whether the service is usable, and what is wrong if not. These endpoints need no API key.",
    "models": "The available models, and the default one.",
    "openai": "The same service in OpenAI's protocol; the base URL for clients is this address plus `/v1`.",
    "documents": "The documents that answers are drawn from: upload, list, read, delete.",
    "search": "The passages that match a question, without an answer.",
    "conversations": "The stored conversations: list, read, rename, delete.",
    "jobs": "Work in the queue: look, follow, cancel, retry, and upload many documents at once.",
    "upkeep": "Embed what has no vector, check the data, and read what was found.",
    "sources": "Folders, pages, feeds and sitemaps that the documents are kept in step with.",
    "dashboard": "What the page at /dashboard draws.",
    "ab tests": "Two ways to answer, compared by what people say of the answers.",
    "metrics": "What Prometheus reads.",
    "usage": "How many answers were given, with how many tokens, and what they cost.",
    "feedback": "What people say of answers: rate one, withdraw the rating, read what was said.",
    "experiments": "Runs of evaluations and benchmarks: record, read, and promote what is not worse.",
    "limits": "What this tenant may use, and what it has used.",
    "tenants": "Tenants, their keys and quotas, and the log of what was done to them. These need ADMIN_KEY.",
}

FORM_BYTES = 1_000_000  # size of the form around a document, at most
BATCH_TIMES = 20  # a batch may be so many times as large as the largest document
EMBEDDINGS_BYTES = 8_000_000  # 2,048 texts that the embedding model can read whole, with room for escapes
RUN_BYTES = 16_000_000  # the scores of 20,000 questions, with the questions
ARCHIVE_BYTES = 50_000_000_000  # an imported tenant; it lies on the disk while it is read


def body_limit(path: str, settings: Settings) -> tuple[int, MyStackError]:
    """The largest body at `path`, in bytes, and the error for a larger one."""
    if path == "/documents/batch-upload":
        message = f"A batch may have at most {BATCH_TIMES * settings.max_upload_bytes:,} bytes: send several."
        return BATCH_TIMES * settings.max_upload_bytes + FORM_BYTES, BodyTooLarge(message)
    if path.startswith("/documents"):
        message = f"Documents may have at most {settings.max_upload_bytes:,} bytes."
        return settings.max_upload_bytes + FORM_BYTES, DocumentTooLarge(message)
    if path == "/v1/embeddings" and settings.max_body_bytes < EMBEDDINGS_BYTES:
        return EMBEDDINGS_BYTES, BodyTooLarge(f"Embeddings requests may have at most {EMBEDDINGS_BYTES:,} bytes.")
    if path.startswith("/experiments/") and settings.max_body_bytes < RUN_BYTES:
        return RUN_BYTES, BodyTooLarge(f"A run may have at most {RUN_BYTES:,} bytes.")
    if path == "/admin/tenants/import":
        return ARCHIVE_BYTES, BodyTooLarge(f"Archives may have at most {ARCHIVE_BYTES:,} bytes.")
    return settings.max_body_bytes, BodyTooLarge(f"Request bodies may have at most {settings.max_body_bytes:,} bytes.")


def limit_for(method: str, path: str) -> str | None:
    """The limit that a request counts against; None if it is never refused: health, the page, reads."""
    if method == "POST" and (path.startswith("/documents") or path == "/v1/embeddings"):
        return "documents"
    return "requests" if method == "POST" else None
