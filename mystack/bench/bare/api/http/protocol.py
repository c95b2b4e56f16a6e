"""The baseline parses requests as uvicorn does; anything beyond that counts as the layers' overhead."""

from uvicorn.protocols.http.h11_impl import H11Protocol as Protocol

__all__ = ["Protocol"]
