"""Calls of MyStack's HTTP API, for the DAGs beside this file: standard library only.

MYSTACK_URL is the address of the service, and MYSTACK_API_KEY its key if it has one. What a run does is in the queue of
the service; a DAG starts it, waits for its end, and says whether it went well.
"""

import json
import os
import urllib.error
import urllib.request
from typing import Any

SECONDS = 60
ENDED = ("done", "failed", "cancelled")
MOST_FAILED = 0.01
"""Share of the jobs of a batch that may fail."""

Answer = dict[str, Any]
# The service is a neighbour: no proxy in between.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class RunFailed(Exception):
    """The service did the work, and it did not go well."""


def call(method: str, path: str, key: str | None = None) -> tuple[Answer, str]:
    """The answer of the service, and its `Location`. Raises `urllib.error.URLError`, of which HTTPError is one."""
    headers = {"Accept": "application/json"}
    if api_key := os.environ.get("MYSTACK_API_KEY"):
        headers["Authorization"] = f"Bearer {api_key}"
    if key:
        headers["Idempotency-Key"] = key
    url = os.environ.get("MYSTACK_URL", "http://127.0.0.1:8000").rstrip("/") + path
    request = urllib.request.Request(url, method=method, headers=headers)
    with OPENER.open(request, timeout=SECONDS) as response:
        return json.load(response), response.headers.get("Location", "")


def start_run(path: str, key: str) -> str:
    """Start what `path` stands for; returns the path of the job or the batch.

    The same key never starts it twice. A run that is cleared in Airflow retries its job if that had failed.
    """
    answer, location = call("POST", path, key)
    if answer.get("state") in ("failed", "cancelled"):
        call("POST", f"{location}/retry")
    return location


def ended(location: str) -> Answer | None:
    """The job or the batch once it has ended; None before that, and while the service is away."""
    try:
        answer, _ = call("GET", location)
        if batch := answer.get("batch_id") if answer.get("state") in ENDED else None:
            answer, _ = call("GET", f"/jobs/batches/{batch}")
    except urllib.error.HTTPError as error:
        if error.code < 500:
            raise
        return None
    except (urllib.error.URLError, TimeoutError):
        return None
    waits = answer["waiting"] > 0 if "waiting" in answer else answer["state"] not in ENDED
    return None if waits else answer


def judge_run(answer: Answer) -> str:
    """One sentence. Raises `RunFailed` for a job that is not done, or a batch of which too much has failed."""
    if "waiting" not in answer:
        if answer["state"] != "done":
            error = answer["error"] or {"detail": "It was cancelled."}
            raise RunFailed(f"job {answer['id']} is {answer['state']}: {error['detail']}")
        return f"job {answer['id']} is done"
    counts = answer["counts"]
    total, failed = sum(counts.values()), counts.get("failed", 0)
    if failed > MOST_FAILED * total:
        raise RunFailed(f"batch {answer['id']}: {failed} of {total} jobs failed; GET /jobs?state=failed says why")
    return f"batch {answer['id']}: {total} jobs, {failed} failed"


def judge_quality() -> str:
    """The findings of the last report on the data. Raises `RunFailed` if there are some that were not repaired."""
    report, _ = call("GET", "/quality")
    left = [each for each in report["findings"] if each["repaired"] < each["count"]]
    if left:
        raise RunFailed("\n".join(f"{each['code']} ({each['count']}): {each['advice']}" for each in left))
    return f"{report['compared']} of {report['documents']} documents compared; nothing is left to do"
