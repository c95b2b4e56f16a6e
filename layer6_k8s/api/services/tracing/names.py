"""The names of our spans and of their attributes: the only place that knows the convention.

`gen_ai.*` follows OpenTelemetry's semantic conventions for generative AI, whose status is still "Development": a later
version may rename them, and then this file changes. What the convention has no name for begins with `mystack.`.
"""

CONVENTION = "1.44.0"
"""Version of the semantic conventions; `semantic-conventions-genai` has had a repository of its own since."""
SCHEMA_URL = f"https://opentelemetry.io/schemas/{CONVENTION}"
SCOPE = "mystack"
"""The instrumentation scope of our spans; those of the requests are FastAPI's own, of the scope `fastapi`."""

# Operations of generative AI: a span is named `{operation} {what it works on}`.
OPERATION = "gen_ai.operation.name"
CHAT, EMBEDDINGS, RETRIEVAL, WORKFLOW = "chat", "embeddings", "retrieval", "invoke_workflow"
PROVIDER = "gen_ai.provider.name"
OWN_PROVIDER = "mystack"
"""The provider of models that run in this process."""
WORKFLOW_NAME = "gen_ai.workflow.name"
ANSWER = "answer"
DATA_SOURCE = "gen_ai.data_source.id"
DOCUMENTS = "documents"

REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
TEMPERATURE = "gen_ai.request.temperature"
MAX_TOKENS = "gen_ai.request.max_tokens"
TOP_K = "gen_ai.request.top_k"
STREAM = "gen_ai.request.stream"
FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CONVERSATION = "gen_ai.conversation.id"

# Content: only with TRACE_CONTENT.
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
QUERY_TEXT = "gen_ai.retrieval.query.text"
RETRIEVED = "gen_ai.retrieval.documents"

# Stages that the convention has no operation for.
SEARCH, RERANK, VERIFY = "search", "rerank", "verify"
PARSE, EMBED, STORE = "parse", "embed", "store"
MODE = "mystack.search.mode"
HITS = "mystack.hits"
BEST_SCORE = "mystack.best_score"
TEXTS = "mystack.texts"
SENTENCES = "mystack.sentences"
SUPPORTED = "mystack.supported"
UNSUPPORTED = "mystack.unsupported"
GROUNDED = "mystack.grounded"
REFUSAL = "mystack.refusal"
SOURCES = "mystack.sources"
REMOVED_MARKERS = "mystack.removed_markers"
ESTIMATED = "mystack.usage.estimated"
MESSAGE = "mystack.message.id"
REQUEST = "mystack.request.id"
STOPPED = "mystack.stopped"
"""The client went away, or the service stopped."""
ERROR = "error.type"
"""The class of the exception. Its message may quote a document, so it is not recorded."""

# Jobs, by the conventions for messaging: a span is named `process {kind}`.
PROCESS = "process"
MESSAGING_OPERATION = "messaging.operation.type"
JOB = "mystack.job.id"
JOB_KIND = "mystack.job.kind"
ATTEMPT = "mystack.job.attempt"
LOSSES = "mystack.job.losses"
DOCUMENT = "mystack.document.id"
BYTES = "mystack.bytes"
CHUNKS = "mystack.chunks"
