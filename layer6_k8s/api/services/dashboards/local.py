"""Evaluates forms over the samples that the service keeps itself, as Prometheus would.

The rules are Prometheus' own: a rate is extrapolated to the edges of its window, a counter that falls was reset to 0,
and a quantile is interpolated inside its bucket. Tests compare the results with a real Prometheus.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, pairwise

from api.services.dashboards.forms import By, Form, Gauge, Over, Quantile, Rate, Ratio
from api.services.metrics.history import Line

Values = list[float | None]
"""One per time; None where there is nothing."""
Group = tuple[tuple[str, str], ...]
"""The labels that lines were summed by."""
Lines = dict[Group, Values]
Read = Callable[[str], Sequence[Line]]
"""The lines of the samples with that name."""
Combine = Callable[[Iterable[float]], float]
OVER: Mapping[Over, Combine] = {"sum": sum, "max": max, "min": min}

STALE_SECONDS = 15.0
"""A gauge without a sample for so long is gone."""
NEAR = 1.1
"""An edge of the window is near a sample if it is not farther away than so many mean distances of samples."""


def evaluate(form: Form, read: Read, times: Sequence[float], window: float) -> Lines:
    """The lines of a form at these times; `window` in seconds."""
    match form:
        case Rate():
            rates = _rates(form, form.by, read, times, window, OVER[form.over])
            return {group: [_scaled(value, form.scale) for value in values] for group, values in rates.items()}
        case Ratio():
            parts, wholes = (evaluate(each, read, times, window) for each in (form.part, form.whole))
            nothing: Values = [None] * len(times)
            return {group: list(map(_share, parts.get(group, nothing), whole)) for group, whole in wholes.items()}
        case Quantile():
            return _quantiles(form, read, times, window)
        case Gauge():
            found = ((line.labels, _latest(line, times)) for line in _matching(form, read))
            return _combined(found, form.by, OVER[form.over])


def _scaled(value: float | None, scale: float) -> float | None:
    return None if value is None else scale * value


def _share(part: float | None, whole: float | None) -> float | None:
    return (part or 0.0) / whole if whole else None


def _rates(
    form: Rate | Quantile, by: By, read: Read, times: Sequence[float], window: float, combine: Combine = sum
) -> Lines:
    found = ((line.labels, _rate(line, times, window)) for line in _matching(form, read))
    return _combined(found, by, combine)


def _matching(form: Rate | Quantile | Gauge, read: Read) -> Iterable[Line]:
    patterns = [(match.label, re.compile(match.pattern), match.negated) for match in form.where]
    return (
        line
        for name in form.samples
        for line in read(name)
        if all(bool(pattern.fullmatch(line.labels.get(label, ""))) != negated for label, pattern, negated in patterns)
    )


def _combined(found: Iterable[tuple[Mapping[str, str], Values]], by: By, combine: Combine) -> Lines:
    """One line for each combination of the labels `by`."""
    groups = defaultdict[Group, list[Values]](list)
    for labels, values in found:
        groups[tuple((label, labels[label]) for label in by if labels.get(label))].append(values)
    return {group: [_together(at, combine) for at in zip(*members, strict=True)] for group, members in groups.items()}


def _together(values: Iterable[float | None], combine: Combine) -> float | None:
    present = [value for value in values if value is not None]
    return combine(present) if present else None


def _latest(line: Line, times: Sequence[float]) -> Values:
    """The last value before each time, unless it is stale."""
    at = [time for time, _ in line.points]
    found: Values = []
    for time in times:
        last = bisect_right(at, time) - 1
        found.append(line.points[last][1] if last >= 0 and time - at[last] <= STALE_SECONDS else None)
    return found


def _rate(line: Line, times: Sequence[float], window: float) -> Values:
    """How fast a counter grew in the window before each time, per second; None with fewer than two samples in it."""
    at = [time for time, _ in line.points]
    values = [value for _, value in line.points]
    # After a fall the counter began at 0: the whole new value is growth.
    growth = list(accumulate((b - a if b >= a else b for a, b in pairwise(values)), initial=0.0))
    found: Values = []
    for time in times:
        first, last = bisect_left(at, time - window), bisect_right(at, time) - 1
        if last <= first:
            found.append(None)
            continue
        grown = growth[last] - growth[first]
        sampled = at[last] - at[first]
        mean = sampled / (last - first)
        before = at[first] - (time - window)
        if grown > 0:
            before = min(before, sampled * values[first] / grown)  # it cannot have been below 0
        edges = (before, time - at[last])
        covered = sampled + sum(edge if edge < NEAR * mean else mean / 2 for edge in edges)
        found.append(grown * covered / sampled / window)
    return found


def _quantiles(form: Quantile, read: Read, times: Sequence[float], window: float) -> Lines:
    buckets = _rates(form, ("le", *form.by), read, times, window)
    groups = defaultdict[Group, list[tuple[float, Values]]](list)
    for (le, *labels), values in buckets.items():
        groups[tuple(labels)].append((float(le[1]), values))
    found: Lines = {}
    for group, members in groups.items():
        members.sort(key=lambda member: member[0])
        bounds = [bound for bound, _ in members]
        counted = zip(*(values for _, values in members), strict=True)
        found[group] = [_quantile(form.q, bounds, counts) for counts in counted]
    return found


def _quantile(q: float, bounds: Sequence[float], counts: Sequence[float | None]) -> float | None:
    """`counts`: how many values are at or below each bound, the last of which is infinite."""
    rising = list(accumulate((count or 0.0 for count in counts), max))
    if len(bounds) < 2 or not math.isinf(bounds[-1]) or not rising[-1]:
        return None
    rank = q * rising[-1]
    bucket = bisect_left(rising, rank, hi=len(rising) - 1)
    if bucket == len(bounds) - 1:
        return bounds[-2]
    low, below = (bounds[bucket - 1], rising[bucket - 1]) if bucket else (0.0, 0.0)
    inside = rising[bucket] - below
    return low + (bounds[bucket] - low) * ((rank - below) / inside) if inside else low
