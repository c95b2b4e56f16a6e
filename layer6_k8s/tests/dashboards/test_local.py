"""Forms are evaluated over the service's own samples. That Prometheus does the same is tested in tests/monitoring."""

import pytest

from api.services.dashboards.forms import Gauge, Match, Quantile, Rate, Ratio
from api.services.dashboards.local import Read, evaluate
from api.services.metrics.history import Line
from api.services.metrics.names import Series

REQUESTS = Series("requests_total", "counter", "", ("route", "status"))
SECONDS = Series("seconds", "histogram", "", (), (1.0, 2.0))
WAIT = Series("wait", "gauge", "", ("state",))
TIMES = [100.0, 160.0]
MINUTE = 60.0


EVERY = 5.0


def line(values: list[float], **labels: str) -> Line:
    return Line(labels, [(EVERY * at, value) for at, value in enumerate(values)])


def reading(**lines: list[Line]) -> Read:
    return lambda name: lines.get(name, [])


def steady(per_sample: float, samples: int = 40, **labels: str) -> Line:
    return line([per_sample * at for at in range(samples)], **labels)


def test_a_rate_is_the_growth_per_second_summed_by_labels() -> None:
    read = reading(
        requests_total=[
            steady(5, route="/a", status="200"),
            steady(10, route="/a", status="500"),
            steady(1, route="/b", status="200"),
        ]
    )
    found = evaluate(Rate(REQUESTS, ("route",), scale=60), read, TIMES, MINUTE)
    assert found == {(("route", "/a"),): pytest.approx([180, 180]), (("route", "/b"),): pytest.approx([12, 12])}


def test_a_counter_that_falls_began_again() -> None:
    values = [100.0 + 5 * at for at in range(20)] + [5.0 * at for at in range(20)]
    (rate,) = evaluate(Rate(REQUESTS), reading(requests_total=[line(values)]), [140.0], MINUTE).values()
    assert rate == pytest.approx([55 / 60], rel=0.02)  # the step down to 0 is no growth


def test_a_single_sample_has_no_rate() -> None:
    read = reading(requests_total=[line([7.0])])
    assert evaluate(Rate(REQUESTS), read, [10.0], MINUTE) == {(): [None]}


def test_a_ratio_is_zero_while_nothing_of_the_kind_happened_and_absent_while_nothing_happened() -> None:
    failed = Ratio(Rate(REQUESTS, where=(Match("status", "5.."),)), Rate(REQUESTS))
    read = reading(requests_total=[line([10.0 * at for at in range(20)] + [190.0] * 40, status="200")])
    assert evaluate(failed, read, [90.0, 290.0], MINUTE) == {(): [0.0, None]}


def test_a_match_is_for_the_whole_value_and_can_be_negated() -> None:
    read = reading(requests_total=[steady(5, status="500"), steady(10, status="5000")])
    assert evaluate(Rate(REQUESTS, where=(Match("status", "5.."),)), read, TIMES, MINUTE) == {(): pytest.approx([1, 1])}
    negated = Rate(REQUESTS, where=(Match("status", "5..", negated=True),))
    assert evaluate(negated, read, TIMES, MINUTE) == {(): pytest.approx([2, 2])}


def test_a_quantile_is_interpolated_in_its_bucket() -> None:
    read = reading(seconds_bucket=[steady(1, le="1.0"), steady(3, le="2.0"), steady(4, le="+Inf")])
    for q, value in ((0.125, 0.5), (0.5, 1.5), (0.99, 2.0)):
        assert evaluate(Quantile(q, SECONDS), read, TIMES, MINUTE) == {(): pytest.approx([value, value])}


def test_a_quantile_of_nothing_is_absent() -> None:
    read = reading(seconds_bucket=[steady(0, le="1.0"), steady(0, le="+Inf")])
    assert evaluate(Quantile(0.5, SECONDS), read, TIMES, MINUTE) == {(): [None, None]}


@pytest.mark.parametrize(("over", "value"), [("sum", 9.0), ("max", 7.0), ("min", 2.0)])
def test_gauges_are_put_together(over: str, value: float) -> None:
    read = reading(wait=[line([2.0] * 40, state="a"), line([7.0] * 40, state="b")])
    assert evaluate(Gauge(WAIT, over=over), read, TIMES, MINUTE) == {(): [value, value]}  # type: ignore[arg-type]


def test_a_gauge_that_is_no_longer_sampled_is_gone() -> None:
    read = reading(wait=[line([2.0] * 10, state="a")])
    assert evaluate(Gauge(WAIT, ("state",)), read, [44.0, 61.0], MINUTE) == {(("state", "a"),): [2.0, None]}
