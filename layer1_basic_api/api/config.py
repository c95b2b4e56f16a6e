"""All settings, read once from the environment (and a `.env` file) when the application is made."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SYSTEM_PROMPT = "You are a helpful assistant. Answer plainly and briefly, and say so when you do not know."


def http_address(text: str) -> str:
    """Refuse here, when the service starts, what would only fail when it is called."""
    try:
        AnyHttpUrl(text)
    except ValidationError:
        raise ValueError("must be an address such as http://127.0.0.1:8080") from None
    return text


Address = Annotated[str, AfterValidator(http_address)]


def header_value(secret: SecretStr) -> SecretStr:
    """Without the line break that a file ends with. Refuses what no header could carry."""
    text = secret.get_secret_value().strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("must be printable ASCII")
    return SecretStr(text)


SentKey = Annotated[SecretStr, AfterValidator(header_value)]


class Settings(BaseSettings):
    """Each setting is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    # Service
    api_key: SecretStr | None = None
    """Clients must send this key as `Authorization: Bearer <key>`; without it the service is open."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """How much is logged."""
    max_body_bytes: int = Field(2_000_000, ge=1_000)
    """Largest JSON request body, in bytes."""
    requests_at_once: int = Field(4_000, ge=1)
    """So many requests for work, streams among them, are taken in at the same time; more are refused with 503."""
    drain_seconds: float = Field(0.0, ge=0, le=300)
    """On SIGTERM, how long requests are still taken while /health/ready says 503: two checks of your load balancer."""
    stop_seconds: float = Field(5.0, gt=0, le=300)
    """How long running answers may then still take, in seconds; after that a stream ends with an error event."""

    # Chat
    system_prompt: str = SYSTEM_PROMPT
    """What the model is told first, unless the conversation brings a system message of its own."""
    max_tokens: int = Field(1024, ge=1)
    """Longest answer, in tokens, when a request does not say."""

    # Language model
    llm_provider: Literal["auto", "ollama", "openai", "huggingface", "extractive"] = "auto"
    """Who answers: `auto` takes Ollama if it answers, else the built-in extractive answerer."""
    llm_timeout_seconds: float = Field(60.0, gt=0)
    """Longest wait for the first token, all attempts together, and between two tokens, in seconds."""
    llm_attempts: int = Field(2, ge=1, le=10)
    """How often a model is asked before the first token has come."""
    breaker_threshold: int = Field(5, ge=1)
    """So many failures in a row, and the model is left alone for a while."""
    breaker_cooldown_seconds: float = Field(15.0, gt=0)
    """How long it is left alone, in seconds."""
    ollama_url: Address = "http://127.0.0.1:11434"
    """Where Ollama listens. It is asked directly, never through a proxy."""
    ollama_model: str | None = None
    """The model to use; without it the first that Ollama lists."""
    ollama_max_context: int = Field(16_384, ge=512)
    """Largest context window asked of Ollama, in tokens: its memory grows with it."""
    openai_base_url: Address = "https://api.openai.com/v1"
    """Any OpenAI-compatible server. The proxy of the environment is used unless it runs on this machine."""
    openai_api_key: SentKey = SecretStr("none")
    """Its key; local servers take any."""
    openai_model: str = "gpt-4o-mini"
    """The model to use there."""
    openai_context: int = Field(16_384, ge=512)
    """That model's context window, in tokens (the protocol does not tell it)."""
    hf_model: str = "HuggingFaceTB/SmolLM2-360M-Instruct"
    """Folder or hub name of a Hugging Face model that runs inside the service."""
