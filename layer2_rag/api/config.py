"""All settings, read once from the environment (and a `.env` file) when the application is created."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SYSTEM_PROMPT = "You are a helpful assistant. Answer plainly and briefly, and say so when you do not know."


def http_address(text: str) -> str:
    """Reject a malformed address at start-up instead of at the first call."""
    try:
        AnyHttpUrl(text)
    except ValidationError:
        raise ValueError("must be an address such as http://127.0.0.1:8080") from None
    return text


Address = Annotated[str, AfterValidator(http_address)]


def header_value(secret: SecretStr) -> SecretStr:
    """Strip the line break at the end of a key file; reject what a header cannot carry."""
    text = secret.get_secret_value().strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("must be printable ASCII")
    return SecretStr(text)


SentKey = Annotated[SecretStr, AfterValidator(header_value)]


def not_blank(secret: SecretStr) -> SecretStr:
    """Strip the line break at the end of a key file; a blank key would protect nothing."""
    text = secret.get_secret_value().strip()
    if not text:
        raise ValueError("must not be blank: leave it unset, or set a key")
    return SecretStr(text)


SharedSecret = Annotated[SecretStr, AfterValidator(not_blank)]


def comma_separated(value: object) -> object:
    """The items of a list separated by commas."""
    return tuple(item.strip() for item in value.split(",") if item.strip()) if isinstance(value, str) else value


def host_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Reject what no host name contains: with a scheme, a port or brackets, it would never match."""
    if any("/" in name or "[" in name or name.count(":") == 1 for name in names):
        raise ValueError("must be host names without scheme and port, such as rag.example")
    return names


HostNames = Annotated[tuple[str, ...], NoDecode, BeforeValidator(comma_separated), AfterValidator(host_names)]


def mongodb_address(secret: SecretStr) -> SecretStr:
    """Reject a malformed address with a sentence instead of the driver's traceback."""
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
    api_key: SharedSecret | None = None
    """Key that clients send as `Authorization: Bearer <key>`. Without it, everybody may use the service."""
    allowed_hosts: HostNames = ()
    """Host names, separated by commas, that are served without API_KEY besides this machine's own; `*` means all."""
    log_level: Literal[
        "DEBUG",
        "INFO",
        "WARNING",
        "ERROR",
    ] = "INFO"
    """Least severity that is logged."""
    max_body_bytes: int = Field(2_000_000, ge=1_000)
    """Largest JSON request body, in bytes."""
    requests_at_once: int = Field(4_000, ge=1)
    """Maximum concurrent requests, streams included; further ones get 503."""
    drain_seconds: float = Field(0.0, ge=0, le=300)
    """Seconds after SIGTERM in which requests are accepted while /health/ready is 503: two load balancer checks."""
    stop_seconds: float = Field(5.0, gt=0, le=300)
    """Seconds that running requests then have to finish; after that a stream ends with an error event."""

    # Chat
    system_prompt: str = SYSTEM_PROMPT
    """System message for the model, unless the conversation has one of its own."""
    max_tokens: int = Field(1024, ge=1)
    """Longest answer in tokens, unless the request sets a limit."""

    # Language model
    llm_provider: Literal[
        "auto",
        "ollama",
        "openai",
        "huggingface",
        "extractive",
    ] = "auto"
    """The language model provider; `auto` uses Ollama if it responds, else the built-in extractive answerer."""
    llm_first_token_seconds: float = Field(120.0, gt=0)
    """Longest wait for the first token, retries included, in seconds: the model is loaded and reads the prompt."""
    llm_timeout_seconds: float = Field(60.0, gt=0)
    """Longest wait between two tokens, in seconds."""
    llm_at_once: int | None = Field(None, ge=1)
    """Maximum concurrent generations; by default 1 for `huggingface`, 64 for an `openai` server elsewhere, else 4."""
    llm_queue_seconds: float = Field(30.0, gt=0)
    """Longest wait for a free generation slot, in seconds; after that the model counts as busy."""
    ollama_url: Address = "http://127.0.0.1:11434"
    """Address of Ollama. Requests to it never use a proxy."""
    ollama_model: str | None = None
    """Model to use; by default the first that Ollama lists."""
    ollama_max_context: int = Field(16_384, ge=512)
    """Largest context window requested from Ollama, in tokens; its memory use grows with it."""
    openai_base_url: Address = "https://api.openai.com/v1"
    """Base URL of an OpenAI-compatible server. Proxy settings apply unless the server runs on this machine."""
    openai_api_key: SentKey = SecretStr("none")
    """Key for that server; local servers accept any."""
    openai_model: str = "gpt-4o-mini"
    """Model to use on that server."""
    openai_context: int = Field(16_384, ge=512)
    """Context window of that model in tokens, which the protocol does not reveal."""
    hf_model: str = "HuggingFaceTB/SmolLM2-360M-Instruct"
    """Folder or hub name of a Hugging Face model that runs inside the service."""

    # Documents
    max_upload_bytes: int = Field(50_000_000, ge=1_000)
    """Largest document, in bytes."""
    parse_seconds: float = Field(30.0, gt=0)
    """Longest time to parse one document, in seconds."""
    parse_processes: int = Field(2, ge=1, le=16)
    """Documents parsed at the same time."""
    ocr: bool = False
    """Whether scanned pages and images are recognised. Needs the extra `ocr` and 1.5 GB of memory."""
    ocr_pages: int = Field(20, ge=1)
    """Scanned pages of a document that are recognised; the others are named in a warning."""
    ocr_seconds: float = Field(40.0, gt=0)
    """Longest time to recognise a page on average, in seconds; pages that are left then are named in a warning."""
    ocr_pixels: int = Field(50_000_000, ge=1_000)
    """Pixels of the largest image."""
    documents_at_once: int = Field(64, ge=1)
    """Maximum concurrent uploads and requests for embeddings; further ones get 503."""
    guides_path: Path = Path(__file__).parents[2] / "docs"
    """Folder of the project's own guides, which the page offers to load."""

    # Embeddings
    embedding_model: str = "sentence-transformers/all-MiniLM-L6-v2"
    """Name of the embedding model."""
    embedding_path: Path | None = None
    """Folder of the model; by default the local hub cache, then the installed wheel, then a download."""
    embedding_backend: Literal[
        "openvino-int8",
        "openvino-fp32",
        "torch-fp32",
    ] = "openvino-int8"
    """Runtime and precision of the model. Each has its own embedding space, although the vectors hardly differ."""

    # Stores
    mongodb_url: MongoAddress = SecretStr("mongodb://127.0.0.1:27017")
    """Address of MongoDB."""
    mongodb_database: str = "mystack"
    """Name of the database."""
    qdrant_url: Address | None = None
    """Address of Qdrant; without it, Qdrant's local mode stores the vectors in `qdrant_path`."""
    qdrant_api_key: SentKey | None = None
    """Key of the Qdrant server, if it needs one."""
    qdrant_path: Path = Path(".mystack/qdrant")
    """Folder of Qdrant's local mode, which one process can use at a time."""

    # Retrieval
    use_rag: bool = True
    """Whether to answer from the documents, unless the request says."""
    top_k: int = Field(5, ge=1, le=50)
    """Chunks that an answer is drawn from, unless the request says."""
    rewrite_questions: bool = True
    """Whether a model completes a follow-up question before it is searched, if it does so within 1.5 seconds."""
    questions_at_once: int = Field(2, ge=1)
    """Questions searched for at the same time: about one per processor core."""
