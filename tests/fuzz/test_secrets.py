"""No secret of a layer appears in its log or in a response that needs no key. Runs last."""

from urllib.parse import urlsplit

import httpx2
import pytest

from mystack.fuzz.app import API_KEY
from tests.fuzz.conftest import OPENAI_API_KEY, Target

WRONG_KEY = "a-wrong-key"


@pytest.fixture(scope="session")
def secrets(target: Target) -> list[str]:
    """The keys, and the password of the database if there is one."""
    addresses = [value for name, value in target.server.services.settings.items() if name.endswith("_URL")]
    passwords = [password for password in (urlsplit(address).password for address in addresses) if password]
    return [API_KEY, OPENAI_API_KEY, *passwords]


def test_no_response_contains_a_secret(target: Target, secrets: list[str]) -> None:
    paths = ["/", "/health", "/health/ready", "/openapi.json", "/docs", "/web/page/key.js", "/models", "/nowhere"]
    with httpx2.Client(base_url=target.url, trust_env=False) as client:
        responses = [client.get(path) for path in paths]
        responses += [client.get("/models", headers={"Authorization": f"Bearer {key}"}) for key in ("x", WRONG_KEY)]
        responses.append(client.get("/models", params={"api_key": WRONG_KEY}))
    for response in responses:
        content = response.text + str(response.headers)
        assert not [secret for secret in [*secrets, WRONG_KEY] if secret in content]


def test_the_log_of_all_requests_contains_no_secret_and_no_unhandled_error(target: Target, secrets: list[str]) -> None:
    log = target.log.read_text(encoding="utf-8", errors="replace")
    assert " 401 " in log
    assert not [secret for secret in [*secrets, WRONG_KEY] if secret in log]
    assert "Traceback" not in log
    assert " 500 " not in log
