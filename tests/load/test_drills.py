"""The drills, each for a short time: what fails when something breaks, and for how long."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from mystack.bench.layer1 import listening
from mystack.bench.layer6_capacity import PAGE
from mystack.bench.page import write_section
from mystack.bench.towns import towns
from mystack.load import drills
from mystack.load.app import answers_and_searches, questions_about, searches
from mystack.load.calls import Result
from mystack.load.drills_report import Outcome, table
from mystack.load.instances import Instances, instances
from mystack.project import find_layer

pytestmark = pytest.mark.timeout(400)
RATE = 8.0
Run = Callable[[str], Outcome]
DRILLS = {drill.name: drill for drill in chain(drills.ANSWERS, drills.SEARCHES)}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instances]:
    folder = tmp_path_factory.mktemp("drills")
    with listening("model server", "mystack.bench.model", folder, folder / "model.log") as model:
        settings = drills.SETTINGS | {"LLM_PROVIDER": "ollama", "OLLAMA_URL": model, "DRAIN_SECONDS": "1.5"}
        with instances(find_layer(), folder, settings) as several:
            yield several


@pytest.fixture
def run(several: Instances, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a drill under its load, with short pauses."""
    monkeypatch.setattr(drills, "DOWN_SECONDS", 2.0)
    questions = questions_about(towns(5))

    def run(name: str) -> Outcome:
        drill = replace(DRILLS[name], seconds=min(DRILLS[name].seconds, 12.0))
        load = searches if DRILLS[name] in drills.SEARCHES else answers_and_searches
        return drills.run(drill, several, lambda number: load(questions, number), RATE)

    return run


def test_a_database_that_restarts_is_an_outage_of_seconds_and_not_of_minutes(run: Run) -> None:
    outcome = run("PostgreSQL restarts")
    assert {each.status for each in outcome.results} <= {200, 503}
    assert outcome.spread < 10
    assert [each.status for each in outcome.results[-10:]] == [200] * 10


def test_nothing_fails_while_redis_is_away(run: Run) -> None:
    assert run("Redis is away").failed == []


def test_a_killed_instance_takes_at_most_what_it_was_answering(run: Run) -> None:
    outcome = run("kill -9 of an instance")
    assert len(outcome.failed) <= 4
    assert {each.path for each in outcome.failed} <= {"/chat"}


def test_searches_go_on_while_the_model_does_not_answer(run: Run) -> None:
    assert run("the model does not answer").failed == []


def result(status: int, due: float) -> Result:
    return Result("/chat", status, 0.5, retry_after=False, due=due)


def test_failures_are_counted_against_what_a_month_allows() -> None:
    results = [result(200, 0.0), result(0, 1.0), result(429, 2.0), result(503, 4.0), result(200, 5.0)]
    outcome = Outcome("a fault", results, rate=2.0)
    assert (len(outcome.failed), outcome.spread, outcome.outage) == (2, 3.0, 1.0)
    assert outcome.a_month == "2,592"
    assert table([outcome]).splitlines()[-1] == "| a fault | 5 | 2 | 3.0 | 0.5 | 1.0 | 2,592 |"
    assert Outcome("none", results[:1], rate=2.0).a_month == "any number"


@pytest.mark.parametrize("name", ["capacity", "drills"])
def test_the_guide_has_a_place_for_what_is_measured(name: str, tmp_path: Path) -> None:
    page = tmp_path / PAGE.name
    page.write_text(PAGE.read_text())
    write_section(name, "what was measured", page)
    assert "what was measured" in page.read_text()
