"""What a layer knows and must not tell, looked for in its whole log and in what anybody may read. Runs last."""

from urllib.parse import urlsplit

import httpx2
import pytest

from mystack.fuzz.app import API_KEY
from tests.fuzz.conftest import OPENAI_API_KEY, Attacked

WRONG_KEY = "a-key-of-somebody-else"


@pytest.fixture(scope="session")
def secrets(attacked: Attacked) -> list[str]:
    """The keys, and the password of the database where there is one."""
    addresses = [value for name, value in attacked.server.services.settings.items() if name.endswith("_URL")]
    passwords = [password for password in (urlsplit(address).password for address in addresses) if password]
    return [API_KEY, OPENAI_API_KEY, *passwords]


def test_no_answer_holds_a_secret(attacked: Attacked, secrets: list[str]) -> None:
    paths = ["/", "/health", "/health/ready", "/openapi.json", "/docs", "/web/page/key.js", "/models", "/nowhere"]
    with httpx2.Client(base_url=attacked.url, trust_env=False) as anybody:
        answers = [anybody.get(path) for path in paths]
        answers += [anybody.get("/models", headers={"Authorization": f"Bearer {key}"}) for key in ("x", WRONG_KEY)]
        answers.append(anybody.get("/models", params={"api_key": WRONG_KEY}))
    for answer in answers:
        told = answer.text + str(answer.headers)
        assert not [secret for secret in [*secrets, WRONG_KEY] if secret in told]


def test_the_log_of_all_these_requests_holds_no_secret_and_no_fault(attacked: Attacked, secrets: list[str]) -> None:
    log = attacked.log.read_text(encoding="utf-8", errors="replace")
    assert " 401 " in log
    assert not [secret for secret in [*secrets, WRONG_KEY] if secret in log]
    assert "Traceback" not in log
    assert " 500 " not in log
