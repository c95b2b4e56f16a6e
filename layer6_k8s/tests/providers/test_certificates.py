"""Certificates are checked wherever TLS is used; a server without it needs none."""

import ssl
from collections.abc import Callable

import pytest

from api.capabilities.language_models import http_client
from api.config import Settings


@pytest.mark.parametrize(
    ("values", "checked"),
    [
        ({"llm_provider": "openai", "openai_base_url": "https://models.example/v1"}, True),
        ({"llm_provider": "openai", "openai_base_url": "HTTPS://127.0.0.1:8443/v1"}, True),
        ({"llm_provider": "openai", "openai_base_url": "http://127.0.0.1:8080/v1"}, False),
        ({"llm_provider": "ollama", "ollama_url": "https://ollama.example"}, True),
        ({"llm_provider": "auto", "ollama_url": "http://127.0.0.1:11434"}, False),
    ],
)
async def test_certificates_are_checked_where_tls_is_used(
    settings: Callable[..., Settings], values: dict[str, str], checked: bool
) -> None:
    async with http_client(settings(**values)) as client:
        context: ssl.SSLContext = client._transport._pool._ssl_context  # type: ignore[attr-defined]
        assert (context.verify_mode == ssl.CERT_REQUIRED, context.check_hostname) == (checked, checked)
