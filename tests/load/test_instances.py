"""Three instances of layer 6 behind HAProxy, as processes: none of their requests is lost when one is replaced."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import psycopg
import pytest

from mystack.bench.layer1 import listening
from mystack.load.calls import Call, call
from mystack.load.instances import PLACES, Instances, instances
from mystack.project import find_layer
from tests.cli.processes import until
from tests.load.test_graceful_stop import HELD, events, open_generations

pytestmark = pytest.mark.timeout(300)
RATE = 10.0
QUESTION = json.dumps({"message": "What is retrieval?", "use_rag": False, "model": "instant"})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("model")
    with listening("model server", "mystack.bench.model", folder, folder / "log") as url:
        yield url


@pytest.fixture(scope="module")
def several(model: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instances]:
    settings = {"LLM_PROVIDER": "ollama", "OLLAMA_URL": model, "LLM_AT_ONCE": "50", "DRAIN_SECONDS": "1.5"}
    with instances(find_layer(6), tmp_path_factory.mktemp("instances"), settings) as several:
        yield several


def calls(seconds: float) -> list[Call]:
    """Chats and searches in turn."""
    search = json.dumps({"query": "retrieval"})
    return [Call("/chat", QUESTION) if n % 2 else Call("/search", search) for n in range(int(seconds * RATE))]


def test_the_instances_know_the_bound_role_only(several: Instances) -> None:
    assert "DATABASE_OWNER_URL" not in several.env
    with psycopg.connect(several.env["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert row.fetchone() == (False,)


def test_a_rolling_restart_loses_no_request_and_a_stream_ends_with_its_own_instance(
    several: Instances, model: str
) -> None:
    with (
        ThreadPoolExecutor(1) as pool,
        httpx2.Client(base_url=several.url, timeout=60, trust_env=False) as client,
        client.stream("POST", "/chat/stream", json=HELD) as stream,
    ):
        lines = stream.iter_lines()
        until(lambda: next(lines) == "event: token", what="a token arrives")
        place = with_stream(several)
        load = pool.submit(call, several.url, calls(35), rate=RATE)
        others = [each for each in PLACES if each != place]
        for each in others:
            several.stop(each)
            several.start(each)
        assert open_generations(model) == 1  # two of three were replaced, and the stream is where it was
        several.stop(place)
        rest = list(lines)
        several.start(place)
        results = load.result()
    assert {result.status for result in results} == {200}
    assert events("\n".join(rest)) == ["error"]
    assert several.proxy.up() == set(PLACES)


def with_stream(several: Instances) -> str:
    """The place of the only request that goes on."""
    until(lambda: sum(several.proxy.open_requests().values()) == 1, what="one request is open")
    return next(place for place, number in several.proxy.open_requests().items() if number)


def test_searches_go_on_when_an_instance_is_killed(several: Instances) -> None:
    searches = [Call("/search", json.dumps({"query": f"retrieval {number}"})) for number in range(60)]
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(call, several.url, searches, rate=RATE)
        several.kill("b")
        until(lambda: several.proxy.up() == {"a", "c"}, what="the proxy has seen it")
        results = load.result()
    assert {result.status for result in results} == {200}
