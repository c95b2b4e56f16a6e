"""The command `mystack schedule`: the three schedules without Airflow.

The code is our own: three fixed times need no scheduler library, and what must not be lost is in the service's queue.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2
import typer
from rich.console import Console

from mystack.child import stop_on_signals
from mystack.client import LOCAL, ApiKey, Url, answered, client, connected, explain
from mystack.project import Refusal
from mystack.schedules import SCHEDULES, Schedule

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
"""Between two attempts; the pause doubles each time."""
LONGEST_SLEEP = 30.0
"""Seconds until the clock is read again: it moves on while a computer sleeps."""
TRIED_AGAIN = {408, 429, 500, 502, 503, 504}
TIMEOUT = httpx2.Timeout(30)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("schedule")
def schedule(
    url: Url = LOCAL,
    api_key: ApiKey = None,
    timezone: Annotated[
        str | None, typer.Option(help="Time zone, such as Europe/Vienna.", show_default="this computer's")
    ] = None,
    once: Annotated[str | None, typer.Option(help="Start sync, refresh or quality now, and end.")] = None,
) -> None:
    """Start the regular jobs: sync daily at 02:00, refresh on Sundays at 03:00, quality hourly.

    `sync` compares the sources with the library, `refresh` embeds what has no vector, and `quality` checks the data.
    It does by itself what the DAGs do in Airflow; use one of the two. A run that was missed is made up for at the
    start. While the service is away, it is tried again until the next run is due. Each run has a key, so two of these
    commands start nothing twice. Ctrl-C ends it.

    Examples:

        mystack schedule

        mystack schedule --timezone Europe/Vienna

        mystack schedule --once quality
    """
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    if once is not None:
        with connected(url, api_key) as http:
            console.print(run_once(http, once), markup=False)
        return
    try:
        with client(url, api_key) as http:
            http.timeout = TIMEOUT
            scheduler = Scheduler(
                list(SCHEDULES.values()), http, zone(timezone), lambda text: console.print(text, markup=False)
            )
            scheduler.run()
    except KeyboardInterrupt:
        console.print("\nStopped.")


def zone(name: str | None) -> tzinfo | None:
    """Refuses an unknown time zone."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError) as error:
        raise Refusal(f"{name} is no time zone: give one such as Europe/Vienna or UTC") from error


def run_once(http: httpx2.Client, name: str) -> str:
    """Start it now; returns a sentence. Refuses an unknown name, and what the service refuses."""
    chosen = SCHEDULES.get(name)
    if chosen is None:
        raise Refusal(f"there is no schedule {name!r}; choose {', '.join(SCHEDULES)}")
    answer = http.post(chosen.path, headers={"Idempotency-Key": f"schedule-{name}-once-{uuid4()}"})
    return f"{name}: {started(answered(answer))}"


@dataclass
class Run:
    """A run that is due, or was and is tried again at `at`."""

    schedule: Schedule
    due: datetime
    at: datetime
    pause: timedelta = FIRST_PAUSE


class Scheduler:
    """Starts each schedule when it is due, until interrupted. `now` and `sleep` are the clock."""

    def __init__(
        self,
        schedules: Sequence[Schedule],
        http: httpx2.Client,
        zone: tzinfo | None,
        say: Callable[[str], None],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.http = http
        self.zone = zone
        self.say = say
        self.now = now
        self.sleep = sleep
        self.runs = [self._first(schedule) for schedule in schedules]

    def run(self) -> None:
        for run in self.runs:
            self.say(f"{run.schedule.name}: {run.schedule.words}, POST {run.schedule.path}. {self._when(run)}")
        while True:
            self.step()

    def step(self) -> None:
        """Sleep towards the next run, or start it."""
        run = min(self.runs, key=lambda run: run.at)
        wait = (run.at - self.now()).total_seconds()
        if wait > 0:
            self.sleep(min(wait, LONGEST_SLEEP))
            return
        said = self._attempt(run)
        self.say(f"{run.schedule.name}: {said} {self._when(run)}")

    def _attempt(self, run: Run) -> str:
        """Start it, unless it is too late; the run becomes the next one, or the same later. Returns what happened."""
        if self.now() - run.due > run.schedule.makes_up:
            missed = f"the run of {self._local(run.due)} was missed."
            self._follow(run)
            return missed
        try:
            answer = self.http.post(run.schedule.path, headers={"Idempotency-Key": run.schedule.key(run.due)})
        except httpx2.TransportError as error:
            return f"the service does not answer ({type(error).__name__}).{self._later(run)}"
        if answer.status_code in TRIED_AGAIN:
            return f"{explain(answer)}{self._later(run)}"
        self._follow(run)
        return started(answer) if answer.is_success else f"not started: {explain(answer)}"

    def _first(self, schedule: Schedule) -> Run:
        """The last run, if it may have been missed: the service knows by its key. Otherwise the next one."""
        now = self.now()
        last = schedule.last(now, self.zone)
        recent = now - last <= schedule.makes_up
        due = last if recent else schedule.next(now, self.zone)
        return Run(schedule, due, now if recent else due)

    def _follow(self, run: Run) -> None:
        run.due = run.at = run.schedule.next(self.now(), self.zone)
        run.pause = FIRST_PAUSE

    def _later(self, run: Run) -> str:
        """Try again after a pause, unless the next one is due then."""
        following = run.schedule.next(self.now(), self.zone)
        again = self.now() + run.pause
        run.pause = min(2 * run.pause, LONGEST_PAUSE)
        if again < following:
            run.at = again
            return " It is tried again."
        self._follow(run)
        return " This run is given up."

    def _when(self, run: Run) -> str:
        return f"Next: {self._local(run.at)}." if run.at > self.now() else "Next: now."

    def _local(self, time: datetime) -> str:
        return f"{time.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"


def started(answer: httpx2.Response) -> str:
    """What the service has started, as a sentence."""
    body: dict[str, Any] = answer.json()
    for name, word in (("batch_id", "batch"), ("id", "job")):
        if body.get(name):
            state = f", {body['state']}" if "state" in body else ""
            return f"started {word} {body[name]}{state}."
    return "started."
