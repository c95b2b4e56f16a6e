"""The scheduler starts what is due, tries again, makes up for one missed run, and starts nothing twice."""

import json
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from mystack.schedule import Scheduler
from mystack.schedules import SCHEDULES
from tests.cli.processes import run, started

MIDNIGHT = datetime(2026, 11, 26, tzinfo=UTC)  # a Thursday


@dataclass
class Service:
    """A real HTTP server; `status` is what it answers with, and `calls` are the paths and keys that it was sent."""

    url: str = ""
    status: int = 202
    calls: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.calls.append((self.path, self.headers["Idempotency-Key"]))
            body = {"id": "a-job", "state": "queued"} if state.status == 202 else {"code": "nope", "detail": "No."}
            self._answer(state.status, body)

        def do_GET(self) -> None:
            self._answer(200, {"status": "ok"})

        def _answer(self, status: int, body: dict[str, str]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}"
        yield state
        server.shutdown()
        thread.join()


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Running:
    scheduler: Scheduler
    clock: Clock
    said: list[str]

    def passes(self, span: timedelta) -> None:
        end = self.clock.time + span
        while self.clock.time < end:
            self.scheduler.step()


def running(service: Service, *names: str, since: datetime = MIDNIGHT) -> Running:
    clock, said = Clock(since), list[str]()
    http = httpx2.Client(base_url=service.url, trust_env=False, timeout=5)
    schedules = [SCHEDULES[name] for name in names]
    return Running(Scheduler(schedules, http, UTC, said.append, now=clock.now, sleep=clock.sleep), clock, said)


def test_a_week_has_seven_syncs_one_refresh_and_an_hourly_check(service: Service) -> None:
    running(service, "sync", "refresh", "quality", since=MIDNIGHT + timedelta(minutes=1)).passes(timedelta(days=7))
    paths = [path for path, _ in service.calls]
    # The check that was due a minute before the start is made up for.
    assert [paths.count(each.path) for each in SCHEDULES.values()] == [7, 1, 7 * 24 + 1]
    assert len(set(service.calls)) == len(service.calls), "each run has a key of its own"


def test_one_missed_run_is_made_up_for_within_its_time(service: Service) -> None:
    running(service, "sync", since=MIDNIGHT + timedelta(hours=9)).scheduler.step()
    assert service.calls == [("/sources/sync", "schedule-sync-2026-11-26T02:00Z")]
    late = running(service, "sync", since=MIDNIGHT + timedelta(hours=15))
    late.passes(timedelta(hours=10))
    assert len(service.calls) == 1


def test_a_service_that_is_away_is_tried_again_with_the_same_key(service: Service) -> None:
    service.status = 503
    run = running(service, "sync", since=MIDNIGHT + timedelta(hours=1, minutes=59))
    run.passes(timedelta(hours=1))
    assert 5 < len(service.calls) < 30
    service.status = 202
    run.passes(timedelta(minutes=10))
    before = len(service.calls)
    run.passes(timedelta(hours=5))
    assert len(service.calls) == before
    assert {key for _, key in service.calls} == {"schedule-sync-2026-11-26T02:00Z"}
    assert "It is tried again." in run.said[0]
    assert "started job a-job, queued. Next: 2026-11-27 02:00:00." in run.said[-1]


def test_a_server_that_does_not_listen_is_tried_until_the_next_run_is_due(service: Service) -> None:
    away = Service(url="http://127.0.0.1:1")
    run = running(away, "quality", since=MIDNIGHT + timedelta(minutes=30))
    run.passes(timedelta(minutes=40))
    assert any("does not answer (ConnectError)" in said for said in run.said)
    assert any("This run is given up. Next: 2026-11-26 01:00:00." in said for said in run.said)


def test_what_the_service_refuses_is_said_and_the_others_go_on(service: Service) -> None:
    service.status = 404
    run = running(service, "sync", "quality", since=MIDNIGHT)
    run.passes(timedelta(hours=4))
    assert [path for path, _ in service.calls].count("/sources/sync") == 1
    assert any(said.startswith("sync: not started: nope: No. Next: 2026-11-27") for said in run.said)


def test_a_computer_that_slept_for_days_does_one_run_at_most(service: Service) -> None:
    run = running(service, "sync", "quality", since=MIDNIGHT + timedelta(minutes=10))
    run.passes(timedelta(minutes=10))
    before = len(service.calls)
    run.clock.time += timedelta(days=3)
    run.passes(timedelta(minutes=5))
    assert len(service.calls) == before
    assert any("was missed" in said for said in run.said)


def test_the_command_says_what_comes_next_and_ends_at_ctrl_c(service: Service) -> None:
    with started(["-m", "mystack", "schedule", "--url", service.url, "--timezone", "Europe/Vienna"]) as program:
        program.says("refresh: on Sundays at 03:00, POST /jobs/refresh-embeddings. Next: ")
        program.says("quality: started job a-job, queued. Next: ")
        assert program.send(signal.SIGINT) == 0
        assert "Stopped." in program.text
    assert "/jobs/check-quality" in [path for path, _ in service.calls]


def test_one_is_started_now(service: Service) -> None:
    command = [sys.executable, "-m", "mystack", "schedule", "--url", service.url, "--once"]
    done = run([*command, "sync"])
    assert (done.returncode, done.stdout) == (0, "sync: started job a-job, queued.\n")
    unknown = run([*command, "everything"])
    assert (unknown.returncode, unknown.stderr.count("\n")) == (2, 1)
    assert "choose sync, refresh, quality" in unknown.stderr
    service.status = 409
    assert "POST /sources/sync failed: nope: No." in run([*command, "sync"]).stderr


def test_an_unknown_time_zone_is_refused(service: Service) -> None:
    done = run([sys.executable, "-m", "mystack", "schedule", "--url", service.url, "--timezone", "Mars/Olympus"])
    assert (done.returncode, "is no time zone" in done.stderr) == (2, True)
