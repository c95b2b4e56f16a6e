"""Traces come to a real MLflow, which counts the tokens that they name."""

import json
import time
from typing import Any

import httpx2

from mystack.fresh import fresh_server
from mystack.project import find_layer
from tests.mlflow.conftest import on_request, patient

pytestmark = [on_request, patient]


def test_an_answer_is_a_trace_in_mlflow(mlflow: str) -> None:
    with httpx2.Client(base_url=mlflow, trust_env=False, timeout=30) as http:
        made = http.post("/api/2.0/mlflow/experiments/create", json={"name": "traces of the test"})
        experiment = made.json()["experiment_id"]
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": mlflow,
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": f"x-mlflow-experiment-id={experiment}",
        }
        with fresh_server(find_layer(5), variables) as server:
            asked = httpx2.post(f"{server.url}/chat", json={"message": "Hello."}, trust_env=False, timeout=60)
            assert asked.status_code == 200, asked.text
        trace = arrived(http, experiment)
        whole = http.get("/api/3.0/mlflow/traces/get", params={"trace_id": trace["trace_id"]}).json()
        names = {span["name"] for span in whole["trace"]["spans"]}
    tokens = json.loads(trace["trace_metadata"]["mlflow.trace.tokenUsage"])
    usage = asked.json()["usage"]
    assert (tokens["input_tokens"], tokens["output_tokens"]) == (usage["prompt_tokens"], usage["completion_tokens"])
    assert {"POST /chat", "invoke_workflow answer", "retrieval documents", "search"} <= names


def arrived(http: httpx2.Client, experiment: str) -> dict[str, Any]:
    """The first trace of the experiment that has tokens."""
    where = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    deadline = time.monotonic() + 60
    while True:
        found = http.post("/api/3.0/mlflow/traces/search", json={"locations": [where], "max_results": 100}).json()
        for trace in found.get("traces", []):
            if "mlflow.trace.tokenUsage" in trace.get("trace_metadata", {}):
                return dict(trace)
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
