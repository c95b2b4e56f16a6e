"""A service with an operator, and an identity provider."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from tests.tenants.issuer import Issuer
from tests.tenants.operating import ADMIN_KEY, Operator


@pytest.fixture(scope="module")
def administered(settings: Callable[..., Any], start: Callable[..., Any]) -> Iterator[str]:
    """A service with ADMIN_KEY."""
    from api.main import create_app

    with start(create_app(settings(llm_provider="extractive", admin_key=ADMIN_KEY))) as address:
        yield address


@pytest.fixture
def operator(administered: str, http: httpx2.AsyncClient) -> Operator:
    return Operator(http, administered)


@pytest.fixture
def issuer(start: Callable[..., Any]) -> Iterator[Issuer]:
    """An identity provider; `issuer.settings` make a service trust it."""
    issuer = Issuer()
    with start(issuer.app) as issuer.url:
        yield issuer
