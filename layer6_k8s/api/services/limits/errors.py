"""What is refused because of a limit.

MyStackError
├── RateLimited          429 rate_limited: again in some seconds
├── QuotaExceeded        429 quota_exceeded: a budget of the day, or space for documents
└── LimitsUnavailable    503 limits_unavailable: whether it is allowed cannot be found out
"""

from api.errors import MyStackError


class RateLimited(MyStackError):
    """Too many requests. Try again in a moment."""

    status = 429
    code = "rate_limited"

    def __init__(self, detail: str = "", retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class QuotaExceeded(MyStackError):
    """A quota of this tenant is used up. GET /limits shows all of them."""

    status = 429
    code = "quota_exceeded"

    def __init__(self, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class LimitsUnavailable(MyStackError):
    """The limits of this tenant cannot be read, so nothing is allowed meanwhile. Try again in a moment."""

    status = 503
    code = "limits_unavailable"
    retry_after = 2


class RatesUnavailable(Exception):
    """The store of the buckets is away."""
