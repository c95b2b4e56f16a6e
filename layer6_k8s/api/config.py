"""All settings, read once from the environment (and a `.env` file) when the application is created."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, AnyHttpUrl, BeforeValidator, Field, SecretStr, ValidationError, model_validator
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


def database_address(secret: SecretStr) -> SecretStr:
    """Reject a malformed address here: an error of the driver might show the password."""
    example = (
        "must be an address such as postgresql://NAME:PASSWORD@HOST/DATABASE,"
        " with special characters of the password as %XX"
    )
    try:
        text = secret.get_secret_value()
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(example) from None
    unwritten = parts.netloc.count("@") > 1 or re.search(r"%(?![0-9A-Fa-f]{2})|[\s\x00]", text)
    if parts.scheme not in ("postgresql", "postgres") or port == 0 or unwritten:
        raise ValueError(example)
    return secret


DatabaseAddress = Annotated[SecretStr, AfterValidator(database_address)]


def redis_address(secret: SecretStr) -> SecretStr:
    """Reject a malformed address here: an error of the driver might show the password."""
    try:
        parts = urlsplit(secret.get_secret_value())
        port = parts.port
    except ValueError:
        parts, port = None, 0
    if parts is None or parts.scheme not in ("redis", "rediss") or not parts.hostname or port == 0:
        raise ValueError("must be an address such as redis://:PASSWORD@HOST:6379/0")
    return secret


RedisAddress = Annotated[SecretStr, AfterValidator(redis_address)]


def absolute_paths(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Reject a relative path: the service and its workers may run in different folders."""
    if not all(path.is_absolute() for path in paths):
        raise ValueError("must be absolute paths")
    return paths


FolderPaths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(comma_separated), AfterValidator(absolute_paths)]


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
    log_format: Literal[
        "text",
        "json",
    ] = "text"
    """How lines of the log look: text for a terminal, or json with the ids of request, trace, conversation and job."""
    trace_content: bool = False
    """Whether traces contain questions, prompts, answers and passages, and not only their sizes and times."""
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

    prices_path: Path = Path(__file__).parents[1] / "prices.toml"
    """File with the prices of the models, by which answers are given their cost."""

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
        "onnx-int8",
        "onnx-fp32",
    ] = "openvino-int8"
    """Runtime and precision of the model. Each has its own embedding space, although the vectors hardly differ."""
    embedding_url: Address | None = None
    """Base URL of a server that runs the same model, such as http://models:8000/v1; without it, it runs here only."""
    embedding_api_key: SentKey | None = None
    """Key for that server, if it needs one."""
    embedding_seconds: float = Field(1.0, gt=0)
    """Longest wait for its vectors of a question, another attempt included, in seconds; documents may take 30 times as
    long."""
    embedding_fallback: bool = True
    """Whether the model of this process answers while that server does not; otherwise requests get 503."""

    # Database
    database_url: DatabaseAddress = SecretStr("postgresql://mystack@127.0.0.1:5432/mystack")
    """Address of the PostgreSQL that stores everything. It needs pgvector 0.8.4 or later."""
    database_owner_url: DatabaseAddress | None = None
    """Address by which the owner of the tables migrates them; what it leaves out is that of DATABASE_URL."""
    database_connections: int = Field(10, ge=2, le=200)
    """Maximum connections of one process of the service."""
    database_timeout_seconds: float = Field(10.0, gt=0)
    """Longest wait for a connection and for the result of a read, in seconds."""

    # Jobs
    redis_url: RedisAddress | None = None
    """Address of the Redis or Valkey that wakes workers. Without it the service runs its jobs itself."""
    cache_seconds: int = Field(3_600, ge=0)
    """How long vectors of questions, and quoted answers, are kept in Redis, in seconds; 0 caches nothing."""
    upload_wait_seconds: float = Field(120.0, ge=0, le=600)
    """How long an upload waits until its document is ready; after that the answer is 202 with its job."""
    jobs_at_once: int = Field(4, ge=1, le=64)
    """Jobs that one worker runs at the same time."""
    job_seconds: float = Field(900.0, gt=0)
    """Longest time that one job may take, in seconds."""
    job_lease_seconds: float = Field(30.0, ge=1)
    """A worker that was silent for this long has lost its job, in seconds."""
    keep_files: bool = True
    """Whether to keep the original files, which are needed to read a document again."""
    worker_alive_path: Path | None = None
    """A file that a worker touches every few seconds, for a container's health check."""
    fetch_allowed_hosts: HostNames = ()
    """Hosts, separated by commas, whose pages may be fetched although their addresses are private."""
    fetch_seconds: float = Field(60.0, gt=0)
    """Longest time to fetch one page or file, in seconds."""
    source_folders: FolderPaths = ()
    """Folders, separated by commas, below which folders may be sources; workers must see them at the same paths."""

    # Dashboards
    prometheus_url: Address | None = None
    """Address of the Prometheus that /dashboard reads; without it, the page shows the last hour of this process."""

    # Retrieval
    use_rag: bool = True
    """Whether to answer from the documents, unless the request says."""
    top_k: int = Field(5, ge=1, le=50)
    """Chunks that an answer is drawn from, unless the request says."""
    rewrite_questions: bool = True
    """Whether a model completes a follow-up question before it is searched, if it does so within 1.5 seconds."""
    questions_at_once: int = Field(2, ge=1)
    """Questions searched for at the same time: about one per processor core."""
    reranker: Literal[
        "sentences",
        "late_interaction",
    ] = "sentences"
    """What decides close calls between the first hits: their best sentences, or all of their tokens."""

    # Metrics
    metrics: bool = True
    """Whether to measure, and to serve what was measured at GET /metrics."""
    worker_metrics_port: int | None = Field(None, ge=1, le=65_535)
    """Port of a worker's own metrics; without it, a worker serves none."""
    worker_metrics_address: str = "127.0.0.1"
    """Address that a worker's metrics are served on; 0.0.0.0 for a Prometheus on another machine."""
    # Experiments
    mlflow_url: Address | None = None
    """Address of the MLflow server that recorded runs and champions are mirrored to; without it, they are not."""
    gates_path: Path = Path(__file__).parents[1] / "gates.toml"
    """File with the gates that a run must pass to become the champion."""

    # Quality in production
    quality_sample: float = Field(0.02, ge=0, le=1)
    """Share of the stored answers from documents that is checked again in the background; 0 checks none."""

    # Limits
    pods: int = Field(1, ge=1)
    """Processes that share the limits of requests; while Redis is away, each allows its part of them."""
    credential_requests_a_minute: int | None = Field(None, ge=1)
    """Requests a minute that one API key may send; without it, only the limit of its tenant holds."""
    tokens_a_minute: int | None = Field(None, ge=1)
    """Tokens a minute that language models may spend for one tenant; without it, only its budget of the day holds."""

    # Tenants
    admin_key: SharedSecret | None = None
    """Key of the operator, for /admin, /metrics and the dashboard. With it, API_KEY only reads and writes."""
    jwks_url: Address | None = None
    """Address of the public keys of an identity provider, whose tokens are then accepted."""
    jwt_issuer: str | None = None
    """The issuer that a token must name as `iss`."""
    jwt_audience: str | None = None
    """The audience that a token must name in `aud`."""
    jwt_tenant_claim: str = Field("tenant", min_length=1)
    """The claim of a token that holds the id or the name of its tenant."""
    jwt_scope_claim: str = Field("scope", min_length=1)
    """The claim of a token that holds its scopes: words of a text, or a list."""
    jwt_leeway_seconds: float = Field(30.0, ge=0, le=300)
    """How far the clock of the identity provider may differ from this one, in seconds."""

    @property
    def locked(self) -> bool:
        """Whether every request needs a credential, whatever keys the database holds."""
        return any((self.api_key, self.admin_key, self.jwks_url))

    @model_validator(mode="after")
    def credentials_fit_together(self) -> Self:
        if self.jwks_url and not (self.jwt_issuer and self.jwt_audience):
            raise ValueError("JWKS_URL needs JWT_ISSUER and JWT_AUDIENCE: else any token of the provider would do")
        if self.admin_key and self.admin_key == self.api_key:
            raise ValueError("ADMIN_KEY and API_KEY must differ: one belongs to the operator, one to a tenant")
        return self
