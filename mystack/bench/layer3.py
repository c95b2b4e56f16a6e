"""Layer 3: ingest, migration from layer 2 without loss, and search next to layer 2's search on Qdrant.

Search among up to 100,000 chunks is a study of its own: `make bench-scale`.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from mystack.bench import layer2
from mystack.bench.raw_embedder import raw_embedder
from mystack.bench.towns import towns
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.fresh import clean_environment, fresh_server
from mystack.metrics import Metric, Target
from mystack.project import Layer, Refusal, find_layer
from mystack.server import serving

DOCUMENTS = 300
INGEST, AS_FAST = 0.85, 1.1
SEARCHES = 200
"""Searches of each layer; every question is new, so that no query vector is cached."""


def measure(layer: Layer, scratch: Path, on_progress: Callable[[str], None]) -> Sequence[Metric]:
    """All metrics of the layer."""
    on_progress("the layer starts")
    questions = [question for town in towns(DOCUMENTS) for question in town.questions]
    with fresh_server(layer) as server, connected(server.url, None) as client:
        library = Library(client, shared=False)
        library.search("Is the embedding model loaded?", "hybrid")
        metrics = [*ingest(layer, library, scratch, on_progress)]
        metrics += layer2.stages(client, questions[::4])
        metrics += migration(server.services.settings["DATABASE_URL"], scratch, on_progress)
        on_progress("searches in layer 2 on Qdrant and in this layer, in turn")
        metrics += search(client, scratch, [question for at, question in enumerate(questions) if at % 4])
    return metrics


def ingest(layer: Layer, library: Library, scratch: Path, on_progress: Callable[[str], None]) -> Iterator[Metric]:
    """The metrics of layer 2's ingest, with this layer's target."""
    on_progress(f"{DOCUMENTS} documents, and the raw embedder on their chunks in turn")
    with raw_embedder(layer, scratch / "embedder.log") as raw:
        for metric in layer2.ingest(library, towns(DOCUMENTS), raw):
            against = metric.name == "ingest against the raw embedder"
            yield replace(metric, target=Target("≥", INGEST)) if against else metric


def migration(database_url: str, scratch: Path, on_progress: Callable[[str], None]) -> Iterator[Metric]:
    """The documents go to a layer 2 in the folder `layer2`; the migration from there to a new database is measured."""
    on_progress("the documents go to layer 2, and from there to a new database")
    old, new = scratch / "layer2", scratch / "migrated"
    _migrate(scratch, "--to-layer2", "--database-url", database_url, "--layer2-data", str(old))
    report = _migrate(scratch, "--from-data", str(old), "--data", str(new))
    copied, seconds = report["copied"], report["copy_seconds"]
    yield Metric("migration, copied, documents/s", [copied["documents"] / seconds], digits=0)
    yield Metric("migration, copied, chunks/s", [copied["chunks"] / seconds], digits=0)
    whole = copied["documents"] / report["seconds"]
    yield Metric("migration, copied and compared with 100 questions, documents/s", [whole], digits=1)
    yield Metric("migration, documents that differ", [len(report["differences"])], Target("≤", 0), digits=0)


def search(client: httpx2.Client, scratch: Path, questions: Sequence[str]) -> Iterator[Metric]:
    """`/search` of this layer and of a layer 2 with the same documents, on MongoDB and Qdrant, in turn."""
    times: dict[str, list[float]] = {"layer 2 on Qdrant": [], "this layer": []}
    with (
        (scratch / "layer2.log").open("wb") as log,
        serving(find_layer(2), scratch / "layer2", env=clean_environment(), output=log) as server,
        connected(server.url, None) as two_stores,
    ):
        clients = dict(zip(times, (two_stores, client), strict=True))
        for question in questions[: SEARCHES + layer2.WARM_UP]:
            for name, one in clients.items():
                answer = one.post("/search", json={"query": question}).raise_for_status().json()
                times[name].append(answer["latency_ms"]["search"])
    measured = {name: values[layer2.WARM_UP :] for name, values in times.items()}
    for name, values in measured.items():
        yield from layer2.latency(f"search without the embedding, {name}", values)
    theirs, ours = (statistics.median(values) for values in measured.values())
    yield Metric("search, this layer against layer 2 on Qdrant", [ours / theirs], Target("≤", AS_FAST), digits=2)


def _migrate(scratch: Path, *arguments: str) -> dict[str, Any]:
    """Run `mystack migrate`; returns its report."""
    report = scratch / "migration.json"
    command = [sys.executable, "-m", "mystack", "migrate", *arguments, "--json", str(report)]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    if not report.exists():
        raise Refusal(f"`mystack migrate` failed: {done.stderr.strip() or done.stdout.strip()}")
    read: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    report.unlink()
    return read
