"""A service with an operator."""

from tests.tenants.conftest import administered, operator

__all__ = ["administered", "operator"]  # fixtures
