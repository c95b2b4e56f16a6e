"""The headers of every response, and how headers of a request are read."""

from collections.abc import Sequence

from starlette.types import Scope

Header = tuple[bytes, bytes]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", CSP.encode()),
    # Revalidate: after an upgrade a browser must not mix the page's old modules with new ones.
    (b"cache-control", b"no-cache"),
)


def header(scope: Scope, name: bytes) -> bytes:
    """The first header of that name (lower case), or an empty string."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def content_length(scope: Scope) -> int:
    """The announced length of the body; 0 without a valid one, since received bytes are counted as well."""
    text = header(scope, b"content-length")
    return int(text) if text.isdigit() and len(text) < 19 else 0


def completed(headers: list[Header], request_id: str, more: Sequence[Header]) -> list[Header]:
    """The response's headers, the request id, `more`, and each security header that the response does not set."""
    present = {name for name, _ in headers}
    ours = [each for each in SECURITY_HEADERS if each[0] not in present]
    return [*headers, (b"x-request-id", request_id.encode()), *ours, *more]
