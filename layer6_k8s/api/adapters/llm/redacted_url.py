"""A server's address without its secrets."""

import httpx2


def redacted(address: str | httpx2.URL) -> str:
    """The address without user name, password and query."""
    try:
        return str(httpx2.URL(address).copy_with(userinfo=b"", query=None)).rstrip("/")
    except httpx2.InvalidURL:
        return "an address that is not a URL"
