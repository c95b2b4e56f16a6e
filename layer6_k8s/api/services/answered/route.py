"""The route that the current turn came by."""

from contextvars import ContextVar

current_route: ContextVar[str] = ContextVar("route", default="-")
"""Such as `/chat`; "-" outside of a request."""
