"""The yardstick reads requests as uvicorn does: what the layers do beyond that is theirs to pay for."""

from uvicorn.protocols.http.h11_impl import H11Protocol as Protocol

__all__ = ["Protocol"]
