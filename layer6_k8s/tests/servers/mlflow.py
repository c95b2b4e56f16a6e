"""A server that answers the requests of MLflow's REST API which the service sends, as a real one answered them.

`mlflow_answers.json` has the answers of MLflow 3.17.2; `make test-mlflow` checks that a real server still answers so.
"""

import copy
import json
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

ANSWERS: dict[str, Any] = json.loads(Path(__file__).with_name("mlflow_answers.json").read_text(encoding="utf-8"))
API = "/api/2.0/mlflow/"


class MlflowServer:
    """What it was sent, by name and id. `fails`: it answers 500. `refuses`: it refuses what is logged."""

    def __init__(self) -> None:
        self.url = ""
        self.fails = False
        self.refuses = False
        self.created = 0
        self.experiments: dict[str, str] = {}
        self.runs: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, list[dict[str, Any]]] = {}
        self.aliases: dict[tuple[str, str], str] = {}
        post = {
            "experiments/create": self.create_experiment,
            "runs/search": self.search_runs,
            "runs/create": self.create_run,
            "runs/log-batch": self.log,
            "runs/update": self.update,
            "registered-models/create": self.create_model,
            "model-versions/create": self.create_version,
            "registered-models/alias": self.set_alias,
        }
        get = {"experiments/get-by-name": self.experiment, "model-versions/search": self.search_versions}
        routes = [Route(API + path, self._answering(answer), methods=["POST"]) for path, answer in post.items()]
        routes += [Route(API + path, self._answering(answer)) for path, answer in get.items()]
        self.app = Starlette(routes=routes)

    def _answering(self, answer: Any) -> Any:
        async def handle(request: Request) -> Response:
            if self.fails:
                return PlainTextResponse("Internal Server Error", 500)
            given = await request.json() if request.method == "POST" else dict(request.query_params)
            name, changes = answer(given)
            return answered(name, **changes)

        return handle

    def create_experiment(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if given["name"] in self.experiments:
            return "known experiment", {}
        self.experiments[given["name"]] = id = str(len(self.experiments) + 1)
        return "new experiment", {"experiment_id": id}

    def experiment(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        id = self.experiments[given["experiment_name"]]
        return "experiment by name", {"experiment.experiment_id": id}

    def search_runs(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        value = given["filter"].partition(" = ")[2].strip("'")
        found = [id for id, run in self.runs.items() if value in run["tags"].values()]
        return ("found run", {"runs.0.info.run_id": found[0]}) if found else ("no such run", {})

    def create_run(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        self.created += 1
        id = f"run{self.created}"
        tags = {tag["key"]: tag["value"] for tag in given["tags"]}
        self.runs[id] = {"experiment_id": given["experiment_id"], "tags": tags, "status": "RUNNING"}
        return "new run", {"run.info.run_id": id}

    def log(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if self.refuses:
            return "log a changed parameter", {}
        for kind in ("metrics", "params"):
            self.runs[given["run_id"]][kind] = {each["key"]: each["value"] for each in given[kind]}
        return "log", {}

    def update(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        self.runs[given["run_id"]]["status"] = given["status"]
        return "end", {}

    def create_model(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        known = given["name"] in self.versions
        self.versions.setdefault(given["name"], [])
        return "known model" if known else "new model", {}

    def search_versions(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        found = self.versions[given["filter"].removeprefix("name='").rstrip("'")]
        return ("found version", {"model_versions": found}) if found else ("no version", {})

    def create_version(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        versions = self.versions[given["name"]]
        version = {"name": given["name"], "version": str(len(versions) + 1), "tags": given["tags"]}
        versions.append(version)
        return "new version", {"model_version.version": version["version"]}

    def set_alias(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        self.aliases[given["name"], given["alias"]] = given["version"]
        return "alias", {}


def answered(name: str, **changes: Any) -> Response:
    """The recorded answer with this name, with other values at these paths."""
    recorded = copy.deepcopy(ANSWERS[name])
    for path, value in changes.items():
        at = recorded["body"]
        *parents, last = path.split(".")
        for parent in parents:
            at = at[int(parent)] if parent.isdigit() else at[parent]
        at[last] = value
    return JSONResponse(recorded["body"], recorded["status"])
