"""Runs and registered versions in MLflow, over its REST API: the port `Tracker`. MLflow itself is not imported."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx2

from api.services.experiments.mirror import TrackerAway, TrackerRefused
from api.services.experiments.registry import Version
from api.services.experiments.runs import Run

API = "/api/2.0/mlflow/"
SECONDS = 10.0
RUN_TAG, CONTENT_TAG = "mystack.run", "mystack.sha256"
PREFIX = "mystack-"
"""Before the names of experiments and registered models: the server may be shared."""
NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_\-. :/]")
MOST_PARAMS, LONGEST_PARAM = 100, 500
EXISTS = "RESOURCE_ALREADY_EXISTS"


class MlflowTracker:
    """The port `Tracker`. Each run and version carries a tag with our id, so that another attempt finds it again."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def log(self, run: Run) -> str:
        experiment_id = await self._experiment(PREFIX + run.experiment)
        filter = f"tags.`{RUN_TAG}` = '{run.id}'"
        search = {"experiment_ids": [experiment_id], "filter": filter, "max_results": 1}
        found = (await self._post("runs/search", search)).get("runs", [])
        milliseconds = round(run.created_at.timestamp() * 1000)
        if not found:
            tags = [{"key": RUN_TAG, "value": str(run.id)}]
            new = {"experiment_id": experiment_id, "run_name": str(run.id)[:8], "start_time": milliseconds}
            found = [(await self._post("runs/create", new | {"tags": tags}))["run"]]
        run_id = str(found[0]["info"]["run_id"])
        metrics = [
            {"key": NOT_IN_A_NAME.sub("_", each.name), "value": each.value, "timestamp": milliseconds, "step": 0}
            for each in run.metrics
        ]
        await self._post("runs/log-batch", {"run_id": run_id, "metrics": metrics, "params": _params(run)})
        await self._post("runs/update", {"run_id": run_id, "status": "FINISHED", "end_time": milliseconds})
        return run_id

    async def register(self, version: Version) -> None:
        name = PREFIX + version.kind.replace("_", "-")
        await self._post("registered-models/create", {"name": name}, EXISTS)
        known = await self._call("GET", "model-versions/search", params={"filter": f"name='{name}'"})
        number = next((one["version"] for one in known.get("model_versions", []) if _is(one, version)), None)
        if number is None:
            tags = [{"key": CONTENT_TAG, "value": version.sha256}, {"key": RUN_TAG, "value": str(version.run_id)}]
            new = {"name": name, "source": f"mystack:/{version.kind}/{version.sha256}", "tags": tags}
            new |= {"description": version.content[:5_000]}
            number = (await self._post("model-versions/create", new))["model_version"]["version"]
        await self._post("registered-models/alias", {"name": name, "alias": version.alias, "version": str(number)})

    async def _experiment(self, name: str) -> str:
        created = await self._post("experiments/create", {"name": name}, EXISTS)
        if "experiment_id" not in created:
            found = await self._call("GET", "experiments/get-by-name", params={"experiment_name": name})
            created = found["experiment"]
        return str(created["experiment_id"])

    async def _post(self, path: str, body: Mapping[str, Any], allowed: str = "") -> dict[str, Any]:
        return await self._call("POST", path, allowed, json=body)

    async def _call(self, method: str, path: str, allowed: str = "", **more: Any) -> dict[str, Any]:
        """The answer; {} for the error code `allowed`. Raises `TrackerAway` and `TrackerRefused`."""
        try:
            answer = await self.client.request(method, API + path, **more)
            body = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise TrackerAway(f"MLflow at {_host(self.client)} does not answer ({type(error).__name__}).") from error
        if answer.is_success:
            return dict(body)
        code = str(body.get("error_code", answer.status_code)) if isinstance(body, dict) else str(answer.status_code)
        if code == allowed:
            return {}
        if answer.status_code == httpx2.codes.BAD_REQUEST:
            raise TrackerRefused(f"{path}: {code}: {str(body.get('message', ''))[:300]}")
        raise TrackerAway(f"MLflow at {_host(self.client)} answers {code} to {path}.")


def mlflow_client(url: str) -> httpx2.AsyncClient:
    """A client of the server at `url`, without proxies: it is usually near."""
    return httpx2.AsyncClient(base_url=url.rstrip("/"), timeout=SECONDS, trust_env=False)


def _params(run: Run) -> Sequence[Mapping[str, str]]:
    """What was measured. The words of the prompt are in the registry; its hash tells prompts apart."""
    setup, data = run.setup, run.data
    prompt = sha256(setup.prompt.encode()).hexdigest() if setup.prompt else None
    of_run: dict[str, object] = {
        "version": setup.version,
        "commit": run.commit,
        "model": setup.model,
        "prompt_sha256": prompt,
    }
    of_run |= {"embedding_space": setup.embedding_space, "questions": run.questions}
    of_run |= {"data": data.name, "data_sha256": data.sha256} if data else {}
    given = {**of_run, **{f"settings.{name}": value for name, value in setup.settings.items()}}
    known = [(name, value) for name, value in given.items() if value is not None]
    return [{"key": name, "value": str(value)[:LONGEST_PARAM]} for name, value in known[:MOST_PARAMS]]


def _is(found: Mapping[str, Any], version: Version) -> bool:
    return {"key": CONTENT_TAG, "value": version.sha256} in found.get("tags", [])


def _host(client: httpx2.AsyncClient) -> str:
    """Host and port, without a name or password."""
    parts = urlsplit(str(client.base_url))
    return f"{parts.hostname}:{parts.port or ''}".rstrip(":")
