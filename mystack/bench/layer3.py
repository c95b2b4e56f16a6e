"""Layer 3: ingest, migration from layer 2, and search among up to 100,000 chunks beside the bare SQL and Qdrant."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mystack.bench import layer2
from mystack.bench.layer3_desk import desk
from mystack.bench.layer3_scale import Scale
from mystack.bench.places import places
from mystack.bench.raw_embedder import raw_embedder
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.fresh import fresh_server
from mystack.metrics import Metric, Target
from mystack.project import Layer, Refusal

DOCUMENTS = 300
INGEST = 0.85
SIZES = (1_000, 10_000, 100_000)
"""Chunks."""


def measure(layer: Layer, scratch: Path, say: Callable[[str], None]) -> Sequence[Metric]:
    """All metrics; `say` is told what is being measured."""
    say("the layer starts")
    with fresh_server(layer) as server, connected(server.url, None) as client:
        url = server.services.settings["DATABASE_URL"]
        library = Library(client, shared=False)
        library.search("Is the embedding model loaded?", "hybrid")
        metrics = [*ingest(layer, library, scratch, say)]
        metrics += layer2.stages(client, [place.questions[0] for place in places(DOCUMENTS)])
        metrics += migration(url, scratch, say)
        library.clear()
        with desk(layer, scratch, os.environ | {"DATABASE_URL": url}) as stored:
            metrics += Scale(stored, client, scratch, say).measure(SIZES)
    return metrics


def draw(metrics: Sequence[Metric], folder: Path) -> Path:
    """How cost grows with the library, as `layer3-growth.svg`."""
    from mystack.bench.layer3_plot import growth

    return growth({metric.name: metric.measured[0] for metric in metrics}, SIZES, folder / "layer3-growth.svg")


def ingest(layer: Layer, library: Library, scratch: Path, say: Callable[[str], None]) -> Iterator[Metric]:
    """As layer 2 is measured."""
    say(f"{DOCUMENTS} documents, and the raw embedder on their chunks in turn")
    with raw_embedder(layer, scratch / "embedder.log") as raw:
        for metric in layer2.ingest(library, places(DOCUMENTS), raw):
            against = metric.name == "ingest against the raw embedder"
            yield replace(metric, target=Target("≥", INGEST)) if against else metric


def migration(database_url: str, scratch: Path, say: Callable[[str], None]) -> Iterator[Metric]:
    """What was ingested is carried back to layer 2, and from there into a new database, which is measured."""
    say("the documents are carried to layer 2, and from there to a new database")
    old, new = scratch / "layer2", scratch / "migrated"
    _migrate(scratch, "--to-layer2", "--database-url", database_url, "--layer2-data", str(old))
    report = _migrate(scratch, "--from-data", str(old), "--data", str(new))
    copied, seconds = report["copied"], report["copy_seconds"]
    yield Metric("migration, copied, documents/s", [copied["documents"] / seconds], digits=0)
    yield Metric("migration, copied, chunks/s", [copied["chunks"] / seconds], digits=0)
    whole = copied["documents"] / report["seconds"]
    yield Metric("migration, copied and compared with 100 questions, documents/s", [whole], digits=1)
    yield Metric("migration, documents that differ", [len(report["differences"])], Target("≤", 0), digits=0)


def _migrate(scratch: Path, *arguments: str) -> dict[str, Any]:
    """The verb; its report."""
    report = scratch / "migration.json"
    command = [sys.executable, "-m", "mystack", "migrate", *arguments, "--json", str(report)]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    if not report.exists():
        raise Refusal(f"`mystack migrate` failed: {done.stderr.strip() or done.stdout.strip()}")
    read: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    report.unlink()
    return read
