"""What a layer makes of its own samples is what Prometheus makes of the same ones, for every panel."""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mystack.project import find_layer
from tests.monitoring.conftest import free_port, panels, until

PROGRAM = Path(__file__).with_name("own.py")
AGO = 7200
"""Prometheus keeps what is older than this in blocks, which can be written by `promtool`."""


@pytest.fixture(scope="module")
def own() -> dict[str, Any]:
    """Samples of all series, and the layer's own values of all panels."""
    folder = find_layer(5).folder
    begin = str(int(time.time()) // 60 * 60 - AGO)
    env = os.environ | {"PYTHONPATH": str(folder)}
    result = subprocess.run([sys.executable, PROGRAM, begin], cwd=folder, env=env, capture_output=True, check=True)
    return dict(json.loads(result.stdout))


@pytest.fixture(scope="module")
def prometheus(own: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus with these samples: its address."""
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "samples.txt").write_text(open_metrics(own["samples"]), encoding="utf-8")
    (folder / "prometheus.yml").write_text("global: {}\n")
    create = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "samples.txt", "data"]
    subprocess.run(create, cwd=folder, check=True, capture_output=True)
    port = free_port()
    options = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["prometheus", *options], cwd=folder, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: ready(url))
        yield url
    finally:
        process.terminate()
        process.wait()


def ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/-/ready", trust_env=False).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


def open_metrics(samples: list[Any]) -> str:
    by_name = dict[str, list[str]]()
    for name, labels, points in samples:
        written = ",".join(f'{label}="{value}"' for label, value in labels.items())
        by_name.setdefault(name, []).extend(f"{name}{{{written}}} {value} {at}" for at, value in points)
    families = ["\n".join((f"# TYPE {name} unknown", *lines)) for name, lines in by_name.items()]
    return "\n".join((*families, "# EOF\n"))


@pytest.mark.timeout(300)
def test_every_panel_has_the_values_of_prometheus(own: dict[str, Any], prometheus: str) -> None:
    assert len(own["queries"]) == len(panels())
    differing = [query["promql"] for query in own["queries"] if not same(own, query, prometheus)]
    assert differing == []


def same(own: dict[str, Any], query: dict[str, Any], prometheus: str) -> bool:
    times = own["times"]
    asked = {"query": query["promql"], "start": times[0], "end": times[-1], "step": own["step"]}
    answer = httpx2.get(f"{prometheus}/api/v1/query_range", params=asked, timeout=60, trust_env=False).json()
    theirs = {key(found["metric"]): finite(found["values"]) for found in answer["data"]["result"]}
    ours = {key(labels): finite(zip(times, values, strict=True)) for labels, values in query["lines"]}
    theirs = {labels: values for labels, values in theirs.items() if values}
    assert ours, f"no values: {query['promql']}"
    return ours.keys() == theirs.keys() and all(ours[each] == pytest.approx(theirs[each], rel=1e-9) for each in ours)


def key(labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def finite(values: Any) -> dict[float, float]:
    """The values by their time, without gaps."""
    return {at: float(value) for at, value in values if value is not None and math.isfinite(float(value))}
