"""Every series of the service: its name, kind, help, labels and buckets. Nothing is measured that is not listed here.

A label has few values that the service itself chooses: the template of a route, never its path; a reason, never a text.
Units are seconds and bytes. Names follow the conventions of Prometheus: a counter ends with `_total`.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]

REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
STAGE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
JOB_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)
SCORE_BUCKETS = (0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9)


@dataclass(frozen=True, eq=False)
class Series:
    """One name with its labels.

    `buckets`: the upper bounds of a histogram's, without infinity. `begin`: values of its labels that exist from the
    start, because Prometheus sees no increase in a series that appears with its first event.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    begin: tuple[tuple[str, ...], ...] = ()


def each(*values: str) -> tuple[tuple[str, ...], ...]:
    """The values of a single label."""
    return tuple((value,) for value in values)


# Requests
HTTP_REQUESTS = Series(
    "mystack_http_requests_total",
    "counter",
    "Requests by template of the route; 499: the client left before an answer.",
    ("method", "route", "status"),
)
HTTP_REQUEST_SECONDS = Series(
    "mystack_http_request_seconds",
    "histogram",
    "Duration of requests, streams to their end.",
    ("method", "route"),
    REQUEST_BUCKETS,
)
REQUESTS_RUNNING = Series(
    "mystack_requests_running", "gauge", "Requests for work (POST) that are being answered, streams and uploads too."
)

# Answers
STAGE_SECONDS = Series(
    "mystack_stage_seconds",
    "histogram",
    "Duration of a stage of a question: retrieve, which is embed, search (the index) and rerank; generate; verify.",
    ("stage",),
    STAGE_BUCKETS,
    each("retrieve", "embed", "search", "rerank", "generate", "verify"),
)
FIRST_TOKEN_SECONDS = Series(
    "mystack_first_token_seconds",
    "histogram",
    "Time until a language model's first token.",
    ("provider", "model"),
    STAGE_BUCKETS,
)
TOKENS = Series(
    "mystack_tokens_total",
    "counter",
    "Tokens of language models; kind: prompt or completion.",
    ("provider", "model", "kind"),
)
COST = Series("mystack_cost_total", "counter", "Cost of answers, in the currency of prices.toml.", ("model",))
ANSWERS = Series(
    "mystack_answers_total",
    "counter",
    "Answers by outcome; plain: documents had no part in it.",
    ("outcome",),
    begin=each("grounded", "ungrounded", "refused", "plain"),
)
ANSWER_FAILURES = Series(
    "mystack_answer_failures_total",
    "counter",
    "Answers that ended with an error, also in a stream, by code.",
    ("code",),
)
REFUSALS = Series(
    "mystack_refusals_total",
    "counter",
    "Questions that were not answered, by reason.",
    ("reason",),
    begin=each("no_documents", "nothing_relevant", "model_found_nothing"),
)
CLAIMS = Series(
    "mystack_claims_total",
    "counter",
    "Sentences of answers by their support.",
    ("support",),
    begin=each("supported", "unsupported", "unknown"),
)
REMOVED_MARKERS = Series("mystack_removed_markers_total", "counter", "Markers of sources that no source has.")
RETRIEVAL_SCORE = Series(
    "mystack_retrieval_score", "histogram", "Cosine of a question and its nearest hit.", (), SCORE_BUCKETS
)
FEEDBACK = Series(
    "mystack_feedback_total",
    "counter",
    "Votes on answers: the first on each, and each that changes it. A withdrawn vote stays counted.",
    ("rating",),
    begin=each("up", "down"),
)

# Resources
CACHE_REQUESTS = Series(
    "mystack_cache_requests_total",
    "counter",
    "Look-ups in the cache in Redis: vectors of questions, or whole answers.",
    ("cache", "result"),
    begin=(("vector", "hit"), ("vector", "miss"), ("answer", "hit"), ("answer", "miss")),
)
EMBEDDED_TEXTS = Series(
    "mystack_embedded_texts_total",
    "counter",
    "Texts whose vectors were asked for: of questions, which include sentences of answers, or of documents.",
    ("purpose",),
    begin=each("question", "document"),
)
EMBED_SECONDS = Series(
    "mystack_embed_seconds",
    "histogram",
    "Duration of a call of the embedding model, from its queue to its vectors.",
    ("purpose",),
    STAGE_BUCKETS,
    each("question", "document"),
)
POOL_CONNECTIONS = Series(
    "mystack_pool_connections",
    "gauge",
    "Connections to PostgreSQL that are used or idle, and requests that wait for one (waiting).",
    ("state",),
)
BREAKER_OPEN = Series(
    "mystack_breaker_open", "gauge", "1 while a provider is not called because it failed repeatedly.", ("provider",)
)
DISK_FREE_BYTES = Series("mystack_disk_free_bytes", "gauge", "Free space in the working directory's file system.")
DATABASE_BYTES = Series("mystack_database_bytes", "gauge", "Size of the database, read once a minute.")
BUILD_INFO = Series("mystack_build_info", "gauge", "1, with what is running.", ("version", "layer"))

# Limits
LIMITED = Series(
    "mystack_limited_total",
    "counter",
    "Requests refused by a limit of their tenant: requests, key or tokens a minute, tokens-a-day, or unreadable.",
    ("limit",),
    begin=each("requests", "key", "tokens", "tokens-a-day", "unreadable"),
)
LIMITS_LOCAL = Series(
    "mystack_limits_local", "gauge", "1 while Redis is away and each process allows its part of the rates by itself."
)

# Quality in production, read from the tables
ANSWER_DRIFT = Series(
    "mystack_answer_drift",
    "gauge",
    "Change since the reference week: of retrieval_score, refusal, language or question; above 0.25 it is large.",
    ("of",),
)
SAMPLED = Series(
    "mystack_sampled_answers",
    "gauge",
    "The last seven days' sample: samples, claims, lost claims, quotes, different quotes, answered_again, changed.",
    ("what",),
)

# Jobs, read from the table by every process that serves /metrics: take max, not sum, over instances.
JOBS = Series("mystack_jobs", "gauge", "Jobs in the table that are queued, running or failed.", ("state",))
JOBS_OLDEST_WAIT_SECONDS = Series(
    "mystack_jobs_oldest_wait_seconds", "gauge", "Wait of the oldest job that could run; 0 without one."
)
JOBS_STARVED = Series("mystack_jobs_starved", "gauge", "Jobs that could run, while there is no worker.")
WORKERS = Series("mystack_workers", "gauge", "Workers seen in the last 15 seconds.")
JOBS_FINISHED = Series(
    "mystack_jobs_finished_total",
    "counter",
    "Jobs that ended since this process began: done, failed or cancelled.",
    ("kind", "outcome"),
)
JOB_SECONDS = Series(
    "mystack_job_seconds",
    "histogram",
    "Duration of the last attempt of jobs that ended.",
    ("kind", "outcome"),
    JOB_BUCKETS,
)

# Workers, on a port of their own
JOB_ATTEMPTS = Series(
    "mystack_job_attempts_total",
    "counter",
    "Attempts at jobs in this worker: done, again (an error, and another attempt follows), failed, or released.",
    ("kind", "outcome"),
)


def all_series() -> list[Series]:
    """In the order of this module."""
    return [value for value in globals().values() if isinstance(value, Series)]
