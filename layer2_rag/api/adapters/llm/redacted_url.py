"""A server's address as it may be shown."""

import httpx2


def redacted(address: str | httpx2.URL) -> str:
    """Without user name, password and query, which may be secrets."""
    try:
        return str(httpx2.URL(address).copy_with(userinfo=b"", query=None)).rstrip("/")
    except httpx2.InvalidURL:
        return "an address that is not a URL"
