"""The current request's id and caller, for code without access to the request."""

from contextvars import ContextVar

from api.services.serving.authentication import ANONYMOUS, Caller

current_request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The request's id; "-" outside of a request."""

current_caller: ContextVar[Caller] = ContextVar("caller", default=ANONYMOUS)
