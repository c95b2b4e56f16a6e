"""Addresses of the page that open a document at a passage."""

from uuid import UUID


def document_url(base_url: str, document_id: UUID, start: int = 0, end: int = 0) -> str:
    """The page's address for characters `start:end` of a document's text; `base_url` is that of the request."""
    return f"{base_url.rstrip('/')}/#/documents/{document_id}?start={start}&end={end}"
