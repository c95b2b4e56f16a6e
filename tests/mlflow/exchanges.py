"""The requests that the service sends to MLflow, and the answers of a real server.

`python -m tests.mlflow.exchanges URL` records them for the double in the layer's tests; the server should be new.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

from mystack.project import find_layer

RECORDED = find_layer().folder / "tests" / "servers" / "mlflow_answers.json"
API = "/api/2.0/mlflow/"
EXPERIMENT, MODEL, TIME = "mystack-recorded", "mystack-recorded-space", 1_764_313_200_125
TAGS = [{"key": "mystack.run", "value": "b4f0a6c2"}]


@dataclass(frozen=True)
class Exchange:
    """A request that was sent, and what was answered."""

    name: str
    status: int
    body: dict[str, Any]


def exchanges(url: str) -> Iterator[Exchange]:
    """Send all of them, in the order in which a run and a champion are mirrored."""
    with httpx2.Client(base_url=url, timeout=30, trust_env=False) as http:

        def send(name: str, method: str, path: str, **more: Any) -> Exchange:
            answer = http.request(method, API + path, **more)
            return Exchange(name, answer.status_code, answer.json())

        def post(name: str, path: str, /, **body: Any) -> Exchange:
            return send(name, "POST", path, json=body)

        created = post("new experiment", "experiments/create", name=EXPERIMENT)
        yield created
        yield post("known experiment", "experiments/create", name=EXPERIMENT)
        params = {"experiment_name": EXPERIMENT}
        yield send("experiment by name", "GET", "experiments/get-by-name", params=params)
        id = created.body["experiment_id"]
        search = {"experiment_ids": [id], "filter": "tags.`mystack.run` = 'b4f0a6c2'", "max_results": 1}
        yield post("no such run", "runs/search", **search)
        run = post("new run", "runs/create", experiment_id=id, run_name="b4f0a6c2", start_time=TIME, tags=TAGS)
        yield run
        run_id = run.body["run"]["info"]["run_id"]
        metrics = [{"key": "R_5_ hybrid", "value": 0.97, "timestamp": TIME, "step": 0}]
        batch = {"run_id": run_id, "metrics": metrics, "params": [{"key": "settings.top_k", "value": "5"}]}
        yield post("log", "runs/log-batch", **batch)
        yield post("log again", "runs/log-batch", **batch)
        changed = batch | {"params": [{"key": "settings.top_k", "value": "6"}]}
        yield post("log a changed parameter", "runs/log-batch", **changed)
        yield post("end", "runs/update", run_id=run_id, status="FINISHED", end_time=TIME)
        yield post("found run", "runs/search", **search)
        yield from _registry(post, send)


def _registry(post: Any, send: Any) -> Iterator[Exchange]:
    yield post("new model", "registered-models/create", name=MODEL)
    yield post("known model", "registered-models/create", name=MODEL)
    search = {"params": {"filter": f"name='{MODEL}'"}}
    yield send("no version", "GET", "model-versions/search", **search)
    tags = [{"key": "mystack.sha256", "value": "a" * 64}, *TAGS]
    version = {"name": MODEL, "source": f"mystack:/embedding_space/{'a' * 64}", "tags": tags, "description": "small@1"}
    yield post("new version", "model-versions/create", **version)
    yield send("found version", "GET", "model-versions/search", **search)
    yield post("alias", "registered-models/alias", name=MODEL, alias="champion", version="1")


def shape(value: object) -> object:
    """The value with types in place of values: what a client relies on."""
    if isinstance(value, dict):
        return {key: value[key] if key == "error_code" else shape(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


if __name__ == "__main__":
    recorded = {each.name: {"status": each.status, "body": each.body} for each in exchanges(sys.argv[1])}
    RECORDED.write_text(json.dumps(recorded, indent=2) + "\n", encoding="utf-8")
