"""What a client prefers: `Prefer: respond-async` does not wait for a document (RFC 7240)."""

from fastapi import APIRouter, Depends, Request

from api.services.jobs.ingestion import wait_seconds


def preferring(router: APIRouter) -> APIRouter:
    """The routes of a router, which heed the client's preferences."""
    outer = APIRouter(dependencies=[Depends(_read_preferences)])
    outer.include_router(router)
    return outer


async def _read_preferences(request: Request) -> None:
    preferences = [part.strip().lower() for part in request.headers.get("prefer", "").split(",")]
    wait_seconds.set(0.0 if "respond-async" in preferences else None)
