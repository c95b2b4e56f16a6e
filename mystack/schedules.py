"""The three schedules: when they are due, and what they ask of the service.

Fixed times of a day, a week and an hour need no parser of cron expressions.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

SUNDAY = 6


@dataclass(frozen=True)
class Schedule:
    """Due each hour, or each day at `hour`, or each week at `hour` on `weekday` (Monday is 0).

    `makes_up`: a run that was missed is made up for if it was due less than so long ago.
    """

    name: str
    path: str
    makes_up: timedelta
    hour: int | None = None
    weekday: int | None = None

    @property
    def words(self) -> str:
        if self.hour is None:
            return "hourly"
        return f"{'daily' if self.weekday is None else 'on Sundays'} at {self.hour:02}:00"

    def last(self, now: datetime, zone: tzinfo | None) -> datetime:
        """The latest due time that is not after `now`, in UTC. `zone` None: this computer's time zone."""
        wall = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        if self.hour is None:
            return wall.astimezone(UTC)
        day = wall.replace(hour=self.hour, tzinfo=None)
        while (due := _utc(day, zone)) > now or self.weekday not in (None, day.weekday()):
            day -= timedelta(days=1)
        return due

    def next(self, now: datetime, zone: tzinfo | None) -> datetime:
        """The earliest due time after `now`, in UTC."""
        if self.hour is None:
            return self.last(now, zone) + timedelta(hours=1)
        day = now.astimezone(zone).replace(hour=self.hour, minute=0, second=0, microsecond=0, tzinfo=None)
        while (due := _utc(day, zone)) <= now or self.weekday not in (None, day.weekday()):
            day += timedelta(days=1)
        return due

    def key(self, due: datetime) -> str:
        """The idempotency key of the run that was due then: a second scheduler starts nothing twice."""
        return f"schedule-{self.name}-{due:%Y-%m-%dT%H:%MZ}"


def _utc(wall: datetime, zone: tzinfo | None) -> datetime:
    """A time without a zone as one of `zone`. One that a change to summer time skips is an hour later on that day."""
    return (wall.replace(tzinfo=zone) if zone else wall).astimezone(UTC)


SCHEDULES = {
    schedule.name: schedule
    for schedule in (
        Schedule("sync", "/sources/sync", timedelta(hours=12), hour=2),
        Schedule("refresh", "/jobs/refresh-embeddings", timedelta(days=2), hour=3, weekday=SUNDAY),
        Schedule("quality", "/jobs/check-quality", timedelta(hours=1)),
    )
}
