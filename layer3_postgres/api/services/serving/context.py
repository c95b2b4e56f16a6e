"""What belongs to the request that is being answered, for code that is not handed the request."""

from contextvars import ContextVar

from api.services.serving.authentication import ANONYMOUS, Caller

current_request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The request's id; "-" outside of a request."""

current_caller: ContextVar[Caller] = ContextVar("caller", default=ANONYMOUS)
