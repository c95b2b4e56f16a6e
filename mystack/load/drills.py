"""What users notice when something breaks: three instances under open load, one fault at a time.

`python -m mystack.load.drills` runs all of them and prints a table, against what 99.9 % allow in a month.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.bench.layer1 import listening
from mystack.bench.layer6_capacity import PAGE
from mystack.bench.page import write_section
from mystack.bench.streams import allow_descriptors
from mystack.bench.towns import towns
from mystack.child import stop_on_signals
from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.load.app import answers_and_searches, questions_about, searches
from mystack.load.calls import Call, Result, call
from mystack.load.drills_report import Outcome, table
from mystack.load.instances import Instances, instances
from mystack.metrics import this_machine
from mystack.pool import map_threads
from mystack.project import find_layer

DOCUMENTS = 20
RATE = 20.0
BEFORE_SECONDS, AFTER_SECONDS = 3.0, 5.0
"""Of calm load, around the fault."""
DOWN_SECONDS = 5.0
"""How long a killed instance and Redis stay away."""
SLOW_SECONDS = 10.0
LLM_AT_ONCE = 8
WAITING = 60
"""Questions to a model that does not answer: more than all instances ask it at the same time."""
SETTINGS = {"LLM_PROVIDER": "extractive", "LLM_AT_ONCE": str(LLM_AT_ONCE)}

Load = Callable[[int], Sequence[Call]]


@dataclass(frozen=True)
class Drill:
    """`fault` happens under load, lasts at most `seconds`, and ends with everything at work again."""

    name: str
    fault: Callable[[Instances], None]
    seconds: float


def killed(several: Instances) -> None:
    several.kill("b")
    time.sleep(DOWN_SECONDS)
    several.start("b")


def without_redis(several: Instances) -> None:
    several.kill_redis()
    time.sleep(DOWN_SECONDS)
    several.bring_redis_back()


def restarted(several: Instances) -> None:
    several.restart_postgresql()
    for place in several.running:
        several.wait_until_used(place)


def slow_model(several: Instances) -> None:
    body = json.dumps({"message": "What is retrieval?", "model": "held", "use_rag": False})
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, several.url, [Call("/chat", body)] * WAITING, rate=WAITING / 2)
        time.sleep(SLOW_SECONDS)
        waiting.result()


ANSWERS = (
    Drill("rolling restart of all three", Instances.roll, 60.0),
    Drill("kill -9 of an instance", killed, 20.0),
    Drill("PostgreSQL restarts", restarted, 15.0),
    Drill("Redis is away", without_redis, 12.0),
)
"""Under load of searches and answers from documents."""
SEARCHES = (Drill("the model does not answer", slow_model, 20.0),)
"""Under load of searches, which need no model."""


def run(drill: Drill, several: Instances, load: Load, rate: float) -> Outcome:
    """The outcome of a drill; the load ends a few seconds after the fault."""
    whole = BEFORE_SECONDS + drill.seconds + AFTER_SECONDS
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(call, several.url, load(int(whole * rate)), rate=rate)
        time.sleep(BEFORE_SECONDS)
        drill.fault(several)
        results: Sequence[Result] = loading.result()
    return Outcome(drill.name, results, rate)


def outcomes(folder: Path, rate: float, on_progress: Callable[[str], None]) -> Iterator[Outcome]:
    """All drills, one after the other."""
    known = towns(DOCUMENTS)
    questions = questions_about(known)
    with prepared(folder / "answers", SETTINGS, on_progress) as several:
        with connected(several.url, None) as client:
            list(map_threads(2, Library(client, shared=False).upload, [town.document for town in known]))
        for drill in ANSWERS:
            on_progress(drill.name)
            yield run(drill, several, lambda number: answers_and_searches(questions, number), rate)
    with listening("model server", "mystack.bench.model", folder, folder / "model.log") as model:
        settings = SETTINGS | {"LLM_PROVIDER": "ollama", "OLLAMA_URL": model}
        with prepared(folder / "model", settings, on_progress) as several:
            for drill in SEARCHES:
                on_progress(drill.name)
                yield run(drill, several, lambda number: searches(questions, number), rate)


@contextmanager
def prepared(folder: Path, settings: dict[str, str], on_progress: Callable[[str], None]) -> Iterator[Instances]:
    """Instances of the newest layer in a new folder."""
    folder.mkdir()
    with instances(find_layer(), folder, settings, on_progress) as several:
        yield several


def main(
    rate: Annotated[float, typer.Option(help="Requests per second.", min=1, max=1000)] = RATE,
    page: Annotated[Path, typer.Option(help="The page whose section `drills` is replaced.")] = PAGE,
) -> None:
    """Break three instances of the newest layer, one fault at a time, and count what failed."""
    stop_on_signals()
    allow_descriptors(8192)
    console, machine = Console(highlight=False, soft_wrap=True), this_machine()
    with tempfile.TemporaryDirectory(prefix="mystack-drills-") as scratch, console.status("starting") as status:
        found = list(outcomes(Path(scratch), rate, status.update))
    text = f"{machine}.\n\n{table(found)}"
    console.print(text, markup=False)
    write_section("drills", text, page)


if __name__ == "__main__":
    typer.run(main)
