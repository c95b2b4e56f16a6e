"""Reads the invitations in messages (iCalendar, RFC 5545): what, when and where."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

MAX_EVENTS = 1_000
MAX_VALUE = 20_000
"""Characters of a value."""

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"([A-Za-z-]+)((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)")
_ESCAPED = re.compile(r"\\([\\;,nN])")
_ZONE, _NAME = re.compile(r";TZID=\"?([^;\"]+)", re.I), re.compile(r";CN=(?:\"([^\"]*)\"|([^;]*))", re.I)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_PERIOD = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:\d{1,5}S)?)?")
_FREQUENCY, _UNTIL = re.compile(r"FREQ=(\w+)"), re.compile(r"UNTIL=([0-9TZ]+)")

Property = tuple[str, str]
"""Parameters and value."""


def invitations(source: str) -> Iterator[str]:
    """The text of each event, one line for each of its facts."""
    cancelled = re.search(r"^METHOD:CANCEL\s*$", source, re.M | re.I) is not None
    events = re.findall(r"^BEGIN:VEVENT\s*$(.*?)^END:VEVENT\s*$", _FOLD.sub("", source), re.M | re.S | re.I)
    for event in islice(events, MAX_EVENTS):
        facts = _properties(event)
        kind = "Cancelled" if cancelled or facts.get("STATUS", ("", ""))[1] == "CANCELLED" else "Invitation"
        lines = {
            kind: _text(facts, "SUMMARY"),
            "When": _when(facts),
            "Repeats": _repeats(facts),
            "Where": _text(facts, "LOCATION"),
            "Organizer": _person(*facts.get("ORGANIZER", ("", ""))),
            "Description": _text(facts, "DESCRIPTION"),
        }
        written = "\n".join(f"{name}: {value}" for name, value in lines.items() if value)
        if written:
            yield written


def _properties(event: str) -> dict[str, Property]:
    """The first of each name, without those of alarms inside the event."""
    found = dict[str, Property]()
    for line in re.sub(r"^BEGIN:VALARM.*?^END:VALARM\s*$", "", event, flags=re.M | re.S | re.I).splitlines():
        if match := _LINE.fullmatch(line.strip()):
            found.setdefault(match[1].upper(), (match[2], match[3][:MAX_VALUE]))
    return found


def _text(facts: dict[str, Property], name: str) -> str:
    _, value = facts.get(name, ("", ""))
    return _ESCAPED.sub(lambda sign: "\n" if sign[1] in "nN" else sign[1], value).strip()


def _person(parameters: str, value: str) -> str:
    """`Ove Lind <ove@example.org>`."""
    name = _NAME.search(parameters)
    address = re.sub(r"^mailto:", "", value, flags=re.I)
    called = (name[1] or name[2] or "") if name else ""
    return f"{called} <{address}>" if called and address and called != address else called or address


def _when(facts: dict[str, Property]) -> str:
    """`2026-03-04 10:00 to 11:30 (Europe/Stockholm)`; the last day of an event of whole days is part of it."""
    parameters, start = facts.get("DTSTART", ("", ""))
    begin, end = _moment(start), _moment(facts.get("DTEND", ("", ""))[1])
    if begin is None:
        return ""
    if end is None:
        end = begin + _duration(facts.get("DURATION", ("", ""))[1])
    if "T" not in start:
        last = end - timedelta(days=1)
        return f"{begin:%Y-%m-%d}" + (f" to {last:%Y-%m-%d}" if last > begin else "")
    zone = _ZONE.search(parameters)
    named = f" ({zone[1]})" if zone else " (UTC)" if start.endswith("Z") else ""
    until = "" if end <= begin else f" to {end:%H:%M}" if end.date() == begin.date() else f" to {end:%Y-%m-%d %H:%M}"
    return f"{begin:%Y-%m-%d %H:%M}{until}{named}"


def _moment(value: str) -> datetime | None:
    match = _TIME.fullmatch(value.strip())
    try:
        return datetime(*(int(part or 0) for part in match.groups()[:5])) if match else None  # type: ignore[arg-type]
    except ValueError:
        return None


def _duration(value: str) -> timedelta:
    match = _PERIOD.fullmatch(value.strip())
    weeks, days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)


def _repeats(facts: dict[str, Property]) -> str:
    """`weekly until 2026-06-30`."""
    _, rule = facts.get("RRULE", ("", ""))
    often, until = _FREQUENCY.search(rule), _UNTIL.search(rule)
    end = _moment(until[1]) if until else None
    return (often[1].lower() + (f" until {end:%Y-%m-%d}" if end else "")) if often else ""
