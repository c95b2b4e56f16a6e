"""Addresses of the page that open a document at a passage."""

from uuid import UUID

from starlette.requests import Request


def document_url(request: Request, document_id: UUID, start: int = 0, end: int = 0) -> str:
    """The page's address for characters `start:end` of a document's text."""
    return f"{str(request.base_url).rstrip('/')}/#/documents/{document_id}?start={start}&end={end}"
