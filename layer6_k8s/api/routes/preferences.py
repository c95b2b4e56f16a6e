"""What a client prefers: `Prefer: respond-async` does not wait for a document (RFC 7240)."""

from fastapi import APIRouter, Depends, Request

from api.http.request_headers import describe_header, request_header
from api.services.jobs.ingestion import wait_seconds

PREFER = request_header(
    "Prefer",
    "`respond-async`: answer when the document is queued, without waiting until it can be searched.",
    {},  # an example would be sent by Swagger UI and Postman
)


def preferring(router: APIRouter) -> APIRouter:
    """The routes of a router, which heed the client's preferences."""
    describe_header(router, PREFER, {})
    outer = APIRouter(dependencies=[Depends(_read_preferences)])
    outer.include_router(router)
    return outer


async def _read_preferences(request: Request) -> None:
    preferences = [part.strip().lower() for part in request.headers.get("prefer", "").split(",")]
    wait_seconds.set(0.0 if "respond-async" in preferences else None)
