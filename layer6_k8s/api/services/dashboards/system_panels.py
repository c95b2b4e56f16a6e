"""The queue of jobs, and what the service runs on."""

from api.services.dashboards.forms import Gauge, Match, Rate
from api.services.dashboards.panel import MINUTE, Dashboard, Panel, Query
from api.services.metrics import names
from api.services.metrics.names import Series

NO_JOB = "No job is in the table."
MEMORY = Series("process_resident_memory_bytes", "gauge", "Memory of the process.")
PROCESSOR = Series("process_cpu_seconds_total", "counter", "Processor time of the process.")

SYSTEM = Dashboard(
    "system",
    "System",
    "The queue of jobs, and what the service runs on.",
    (
        Panel(
            "Oldest waiting job",
            "How long the oldest job that could run has waited.",
            "seconds",
            (Query(Gauge(names.JOBS_OLDEST_WAIT_SECONDS), "wait"),),
            "number",
            NO_JOB,
        ),
        Panel(
            "Jobs without a worker",
            "Jobs that could run while no worker is there.",
            "count",
            (Query(Gauge(names.JOBS_STARVED), "jobs"),),
            "number",
            NO_JOB,
        ),
        Panel(
            "Workers", "Workers that were seen lately.", "count", (Query(Gauge(names.WORKERS), "workers"),), "number"
        ),
        Panel(
            "Free disk",
            "Free space where the service runs.",
            "bytes",
            (Query(Gauge(names.DISK_FREE_BYTES, over="min"), "free"),),
            "number",
        ),
        Panel(
            "Open jobs",
            "Jobs in the table that are not done.",
            "count",
            (Query(Gauge(names.JOBS, ("state",), where=(Match("state", "done", negated=True),)), "{state}"),),
            "stacked",
            NO_JOB,
        ),
        Panel(
            "Ended jobs",
            "Jobs that ended, by how.",
            "per minute",
            (Query(Rate(names.JOBS_FINISHED, ("kind", "outcome"), scale=MINUTE, over="max"), "{kind} {outcome}"),),
            "stacked",
            "No job ended in this time.",
        ),
        Panel(
            "Connections to PostgreSQL",
            "Waiting: requests that wait for a connection.",
            "count",
            (Query(Gauge(names.POOL_CONNECTIONS, ("state",), "sum"), "{state}"),),
            "stacked",
        ),
        Panel(
            "Refused language models",
            "1 while calls of a provider are refused, because several have failed.",
            "count",
            (Query(Gauge(names.BREAKER_OPEN, ("provider",)), "{provider}"),),
        ),
        Panel(
            "Memory",
            "Memory of each process that serves /metrics.",
            "bytes",
            (Query(Gauge(MEMORY, ("job", "instance"), "sum"), "{job} {instance}"),),
        ),
        Panel(
            "Processor",
            "Processor cores that each process keeps busy.",
            "cores",
            (Query(Rate(PROCESSOR, ("job", "instance")), "{job} {instance}"),),
        ),
        Panel("Database", "Size of the database.", "bytes", (Query(Gauge(names.DATABASE_BYTES), "database"),)),
        Panel(
            "Instances by version",
            "Two versions at the same time: a deployment is under way.",
            "count",
            (Query(Gauge(names.BUILD_INFO, ("version",), "sum"), "{version}"),),
            "stacked",
        ),
    ),
)
