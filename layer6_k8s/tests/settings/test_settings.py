"""Settings are documented and validated, and secrets stay secret."""

import logging
import re
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr, ValidationError

from api.config import Settings
from tests.servers.openai import OpenAIServer

FIELDS = Settings.model_fields
EXAMPLE = next(
    folder / ".env.example" for folder in Path(__file__).parents if (folder / ".env.example").is_file()
).read_text(encoding="utf-8")
COMMENTS = {
    match["name"]: match["comment"]
    for match in re.finditer(r"(?P<comment>(?:^# .*\n)+)(?P<name>[A-Z_]+)=", EXAMPLE, re.MULTILINE)
}


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_has_a_docstring_and_a_comment_in_the_example_file(name: str) -> None:
    assert FIELDS[name].description
    assert COMMENTS[name.upper()].strip()


def test_the_example_file_is_a_valid_env_file_that_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE)
    assert Settings(_env_file=tmp_path / ".env") == Settings(_env_file=None)


def test_the_environment_overrides_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("LLM_PROVIDER=openai\nOLLAMA_MODEL=from-file\n")
    monkeypatch.setenv("LLM_PROVIDER", "extractive")
    settings = Settings(_env_file=tmp_path / ".env")
    assert (settings.llm_provider, settings.ollama_model) == ("extractive", "from-file")


def test_settings_cannot_be_changed(settings: Callable[..., Settings]) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings().log_level = "DEBUG"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("llm_provider", "oracle"),
        ("llm_timeout_seconds", "0"),
        ("max_body_bytes", "-1"),
        ("ollama_url", "localhost:11434"),
        ("ollama_url", "http://127.0.0.1:99999"),
        ("openai_base_url", "https://user:the-secret@["),
        ("openai_api_key", "the-secret\nkey"),
        ("openai_api_key", "the-secret-clé"),
        ("api_key", "   "),
        ("api_key", "\n"),
        ("api_key", "\t \r\n"),
        ("allowed_hosts", "https://rag.example"),
        ("allowed_hosts", "localhost,rag.example:8000"),
        ("allowed_hosts", "[fd00::1]"),
    ],
)
def test_an_invalid_value_fails_the_start_and_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name.upper(), value)
    with pytest.raises(ValidationError, match=name) as error:
        Settings(_env_file=None)
    assert "the-secret" not in str(error.value)


def test_the_line_break_of_a_key_file_is_stripped() -> None:
    assert Settings(_env_file=None, openai_api_key="sk-1\n").openai_api_key.get_secret_value() == "sk-1"


SECRETS = [name for name, field in FIELDS.items() if SecretStr.__name__ in str(field.annotation)]


def test_every_key_and_password_is_a_secret_string() -> None:
    assert {"api_key", "openai_api_key"} <= set(SECRETS)
    assert {name for name in FIELDS if re.search("key|password|secret", name)} <= set(SECRETS)


async def test_secrets_never_leave_the_service(
    serve: Callable[..., str],
    openai_server: OpenAIServer,
    http: httpx2.AsyncClient,
    settings: Callable[..., Settings],
    caplog: pytest.LogCaptureFixture,
) -> None:
    values = {
        "llm_provider": "openai",
        "openai_base_url": openai_server.url.replace("http://", "http://user:the-secret-password@"),
        "openai_api_key": "the-secret-key",
        "api_key": "the-secret-api-key",
        "log_level": "DEBUG",
    }
    assert "the-secret" not in re.sub("the-secret-password", "", repr(settings(**values)))
    caplog.set_level(logging.DEBUG, logger="mystack")
    url = serve(**values)
    responses = [await http.get(url + path) for path in ("/health", "/health/ready", "/models", "/openapi.json", "/")]
    http.headers["Authorization"] = "Bearer the-secret-api-key"
    responses += [await http.get(url + path) for path in ("/models", "/v1/models", "/nowhere")]
    responses.append(await http.post(f"{url}/chat", json={"message": "Hello"}))
    assert responses[-1].status_code == 503
    for response in responses:
        assert "the-secret" not in response.text
    assert "the-secret" not in caplog.text
