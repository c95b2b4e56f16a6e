"""When the schedules are due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mystack.schedules import SCHEDULES

SYNC, REFRESH, QUALITY = (SCHEDULES[name] for name in ("sync", "refresh", "quality"))
VIENNA = ZoneInfo("Europe/Vienna")
NOON = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)  # a Wednesday


def utc(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_the_times_are_those_of_the_zone() -> None:
    assert (SYNC.last(NOON, UTC), SYNC.next(NOON, UTC)) == (utc(25, 2), utc(26, 2))
    assert (SYNC.last(NOON, VIENNA), SYNC.next(NOON, VIENNA)) == (utc(25, 1), utc(26, 1))
    assert (REFRESH.last(NOON, UTC), REFRESH.next(NOON, UTC)) == (utc(22, 3), utc(29, 3))
    assert (QUALITY.last(NOON, VIENNA), QUALITY.next(NOON, VIENNA)) == (utc(25, 12), utc(25, 13))
    kolkata = ZoneInfo("Asia/Kolkata")
    assert (QUALITY.last(NOON, kolkata), QUALITY.next(NOON, kolkata)) == (utc(25, 12, 30), utc(25, 13, 30))


def test_a_time_that_is_reached_is_the_last_one() -> None:
    for schedule in SCHEDULES.values():
        due = schedule.next(NOON, VIENNA)
        assert schedule.last(due, VIENNA) == due
        assert schedule.last(due - timedelta(seconds=1), VIENNA) < due
        assert schedule.next(due, VIENNA) > due


@pytest.mark.parametrize("month", [3, 10])
def test_each_day_has_one_run_when_the_clocks_change(month: int) -> None:
    now, days = SYNC.next(utc(20, 12, month=month), VIENNA), set()
    for _ in range(14):
        due = SYNC.next(now, VIENNA)
        assert timedelta(hours=22) < due - now < timedelta(hours=26)
        assert SYNC.last(due, VIENNA) == due
        days.add(due.astimezone(VIENNA).date())
        now = due
    assert len(days) == 14


def test_hours_are_hours_when_the_clocks_change() -> None:
    now = utc(24, 20, 30, month=10)
    for _ in range(10):
        due = QUALITY.next(now, VIENNA)
        assert due - now <= timedelta(hours=1)
        now = due


def test_the_key_names_the_schedule_and_its_time() -> None:
    assert SYNC.key(SYNC.next(NOON, VIENNA)) == "schedule-sync-2026-11-26T01:00Z"


def test_the_words_say_when() -> None:
    assert [each.words for each in (SYNC, REFRESH, QUALITY)] == ["daily at 02:00", "on Sundays at 03:00", "hourly"]
