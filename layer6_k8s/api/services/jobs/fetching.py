"""Fetching a page or a file by its address: the port, and what may go wrong."""

import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit

from api.errors import MyStackError


class AddressRefused(MyStackError):
    """Private, loopback and link-local addresses are not fetched. FETCH_ALLOWED_HOSTS names exceptions."""

    status = 403
    code = "address_refused"


class NotFetched(MyStackError):
    """The address has no document: the server there answered with an error, or it cannot be an address."""

    status = 400
    code = "not_fetched"


class NotThere(NotFetched):
    """The server has nothing at this address."""


class FetchFailed(MyStackError):
    """The server could not be reached, or did not answer in time."""

    status = 502
    code = "fetch_failed"


@dataclass(frozen=True)
class Fetched:
    """A file, and the name that it gets. `etag` and `modified`: what tells this version from others, if known."""

    filename: str
    data: bytes
    etag: str = ""
    modified: str = ""


class Fetch(Protocol):
    """Fetches what an address leads to."""

    async def fetch(self, url: str) -> Fetched:
        """Raises `AddressRefused`, `NotFetched`, `FetchFailed`, and `DocumentTooLarge`."""
        ...


_ENDINGS = {
    "text/html": (".html", ".htm"),
    "application/xhtml+xml": (".html", ".htm"),
    "text/csv": (".csv",),
    "text/tab-separated-values": (".tsv", ".tab"),
    "application/json": (".json",),
    "application/jsonl": (".jsonl", ".ndjson"),
    "application/x-ndjson": (".jsonl", ".ndjson"),
    "text/markdown": (".md", ".markdown"),
}
"""How the names of files of a type end, the usual ending first."""


def name_of(url: str, disposition: str, content_type: str) -> str:
    """The name that the server gives, else the last part of the path, else the host.

    It ends as its type says, because the name decides between formats that are text.
    """
    given = re.search(r"""filename\*?=(?:UTF-8'')?"?([^";]+)"?""", disposition, re.IGNORECASE)
    if given:
        return unquote(given[1])
    parts = urlsplit(url)
    name = unquote(parts.path.rstrip("/").rpartition("/")[2]) or parts.hostname or "page"
    endings = _ENDINGS.get(content_type.partition(";")[0].strip().lower(), ("",))
    return name if name.lower().endswith(endings) else name + endings[0]
