"""All settings, read once from the environment (and a `.env` file) when the application is made."""

import re
from pathlib import Path
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


def mongodb_address(secret: SecretStr) -> SecretStr:
    """It is looked at here, so that a wrong one is told as a sentence and not with a trace."""
    if not re.fullmatch(r"mongodb(\+srv)?://([^/@\s]+@)?[^/@\s]+(/[^@\s]*)?", secret.get_secret_value()):
        raise ValueError(
            "must be an address such as mongodb://NAME:PASSWORD@HOST, with special characters of the password as %XX"
        )
    return secret


MongoAddress = Annotated[SecretStr, AfterValidator(mongodb_address)]


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

    # Documents
    max_upload_bytes: int = Field(50_000_000, ge=1_000)
    """Largest document, in bytes."""
    parse_seconds: float = Field(30.0, gt=0)
    """Longest time to parse one document, in seconds."""
    parse_memory_bytes: int = Field(1_073_741_824, ge=134_217_728)
    """Most memory of a parsing process, in bytes. For a small document it gets less."""
    parse_processes: int = Field(2, ge=1, le=16)
    """How many documents are parsed at the same time."""
    documents_at_once: int = Field(64, ge=1)
    """So many uploads, and requests for embeddings, are taken in at the same time; more are refused with 503."""
    guides_path: Path = Path(__file__).parents[2] / "docs"
    """The project's own guides, which the page offers to load."""

    # Embeddings
    embedding_model: str = "sentence-transformers/all-MiniLM-L6-v2"
    """Name of the embedding model."""
    embedding_path: Path | None = None
    """Its folder; without it the local hub cache is looked into, then the installed wheel, then it is downloaded."""
    embedding_backend: Literal["openvino-int8", "openvino-fp32", "torch-fp32"] = "openvino-int8"
    """What computes the vectors, and how precisely. Those of two backends are kept apart, though they hardly differ."""

    # Stores
    mongodb_url: MongoAddress = SecretStr("mongodb://127.0.0.1:27017")
    """Where MongoDB listens."""
    mongodb_database: str = "mystack"
    """The database to use there."""
    qdrant_url: Address | None = None
    """Where Qdrant listens; without it Qdrant's local mode keeps the vectors in `qdrant_path`."""
    qdrant_api_key: SentKey | None = None
    """Key of the Qdrant server, if it needs one."""
    qdrant_path: Path = Path(".mystack/qdrant")
    """Folder of Qdrant's local mode. One process at a time."""

    # Retrieval
    use_rag: bool = True
    """Answer from the documents, when a request does not say."""
    top_k: int = Field(5, ge=1, le=50)
    """How many chunks an answer is drawn from, when a request does not say."""
    questions_at_once: int = Field(2, ge=1)
    """So many questions are searched for at the same time: about one for each processor."""
    questions_waiting: int = Field(30, ge=0)
    """So many more may wait, for a burst; while more come than can be answered they are refused with 503 instead."""
