"""A program for the folder of a layer: samples of all series, and what the layer itself makes of them, as JSON.

Run apart from the tests, since every layer calls its package `api`.
"""

import json
import math
import random
import sys
from itertools import product
from typing import Any

from api.services.dashboards.local import evaluate
from api.services.dashboards.panels import DASHBOARDS
from api.services.metrics.history import Line
from api.services.metrics.names import Series, all_series

VALUES = {
    "status": ("200", "404", "503"),
    "outcome": ("grounded", "refused", "done"),
    "support": ("supported", "unsupported", "unknown"),
    "rating": ("up", "down"),
    "result": ("hit", "miss"),
    "cache": ("answer", "vector"),
    "state": ("queued", "done"),
}
EVERY, SAMPLES, WINDOW, STEP, TIMES = 5, 240, 60.0, 10, 60
PROCESS = [("process_resident_memory_bytes", "gauge"), ("process_cpu_seconds_total", "counter")]
Points = list[tuple[float, float]]


def main(begin: int) -> None:
    chance = random.Random(5)
    lines = [line for series in [*all_series(), *processes()] for line in samples(series, begin, chance)]
    times = [begin + EVERY * SAMPLES - 10.0 - STEP * back for back in range(TIMES - 1, -1, -1)]
    found = {name: [Line(labels, points) for each, labels, points in lines if each == name] for name, _, _ in lines}
    queries = []
    for form in [query.form for board in DASHBOARDS for panel in board.panels for query in panel.queries]:
        own = evaluate(form, lambda name: found.get(name, []), times, WINDOW)
        drawn = [(dict(group), values) for group, values in own.items() if any(value is not None for value in values)]
        queries.append({"promql": form.promql(f"{WINDOW:g}s"), "lines": drawn})
    json.dump({"samples": lines, "times": times, "step": STEP, "queries": queries}, sys.stdout)


def processes() -> list[Series]:
    return [Series(name, kind, "") for name, kind in PROCESS]  # type: ignore[arg-type]


def samples(series: Series, begin: int, chance: random.Random) -> list[tuple[str, dict[str, str], Points]]:
    """The lines of a series. Counters begin again now and then, and samples of some are missing."""
    found = []
    for values in product(*(VALUES.get(label, ("a", "b")) for label in series.labels)):
        labels = dict(zip(series.labels, values, strict=True))
        if series.kind == "histogram":
            found += histogram(series, labels, begin, chance)
        else:
            found.append((series.name, labels, scalar(series, begin, chance)))
    return found


def scalar(series: Series, begin: int, chance: random.Random) -> Points:
    points, value = Points(), 0.0
    for at in range(SAMPLES):
        if series.kind == "gauge":
            points.append((begin + EVERY * at, round(chance.uniform(0, 100), 3)))
            continue
        value = 0.0 if chance.random() < 0.01 else value + chance.choice((0, 0, 1, 2.5))
        if chance.random() > 0.05:
            points.append((begin + EVERY * at, value))
    return points


def histogram(series: Series, labels: dict[str, str], begin: int, chance: random.Random) -> list[Any]:
    bounds = [*series.buckets, math.inf]
    counts, lines = [0] * len(bounds), [Points() for _ in bounds]
    for at in range(SAMPLES):
        for _ in range(chance.choice((0, 0, 1, 3))):
            place = chance.randrange(len(bounds))
            counts = [count + (index >= place) for index, count in enumerate(counts)]
        for line, count in zip(lines, counts, strict=True):
            line.append((begin + EVERY * at, count))
    texts = ["+Inf" if math.isinf(bound) else str(bound) for bound in bounds]
    return [(f"{series.name}_bucket", {**labels, "le": le}, line) for le, line in zip(texts, lines, strict=True)]


if __name__ == "__main__":
    main(int(sys.argv[1]))
