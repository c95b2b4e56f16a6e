"""The replay of an autoscaler decides what the real one decided."""

import itertools
from typing import Any

import pytest

from mystack.k8s.replay.plan import Plan, plan
from mystack.k8s.replay.plant import Pods, replay
from mystack.k8s.replay.rules import DOWN, Pace, Policy, Rules
from mystack.k8s.replay.triggers import Processors, Seen, Total

REAL = [(65, 4), (81, 5), (112, 7), (127, 9), (158, 12), (173, 15), (219, 19)]
"""Orders of kube-controller-manager 1.20.2 on pods that were ready after 20 s: 3 to 20 pods at 60 % of the processors,
default behaviour, 90 requests/s, from the 60th second 684/s; a pod serves 60/s."""
REAL_READY = 239
POD = Pods(rate=60, each=0.1, start=20)


def step(low: float, high: float, at: int = 60) -> Any:
    return lambda second: high if second >= at else low


def test_the_replay_orders_what_the_real_controller_ordered() -> None:
    run = replay(Plan(3, 20, (Processors(60),)), step(90, 684), POD, 600)
    assert [number for _, number in run.ordered] == [number for _, number in REAL]
    for (second, _), (real, _) in zip(run.ordered, REAL, strict=True):
        assert abs(second - real) <= 4, "the real controller drifts by a fraction of a second with each decision"
    last = run.ready_at(19)
    assert last is not None
    assert abs(last - REAL_READY) <= 4


def test_requests_in_flight_order_at_once_what_the_processors_learn_step_by_step() -> None:
    load = step(90, 720)
    flight = replay(Plan(3, 20, (Total(3.6),)), load, POD, 600)
    processors = replay(Plan(3, 20, (Processors(60),)), load, POD, 600)
    assert flight.ordered == [(65, 7), (80, 14), (95, 20)]
    assert flight.ready_at(20) == 115
    assert processors.ready_at(20) is None or processors.ready_at(20) > 115 + 60
    assert flight.shed < processors.shed / 2


def test_pods_stay_until_the_window_is_over_and_then_leave_step_by_step() -> None:
    down = Rules(300, (Policy("Percent", 25, 60),))
    run = replay(Plan(3, 20, (Total(3.6),), down=down), lambda second: 720 if 60 <= second < 120 else 90, POD, 900)
    leaving = [(second, number) for second, number in run.ordered if second >= 120]
    assert leaving[0] == (425, 15)
    assert [number for _, number in leaving] == [15, 11, 8, 6, 4, 3]
    assert all(b - a >= 60 for (a, _), (b, _) in itertools.pairwise(leaving))


@pytest.mark.parametrize(
    ("used", "pods", "wanted"),
    [([100, 100, 100], 3, 5), ([65, 65], 2, 2), ([100, 100, 100], 5, 5), ([100] * 4, 5, 7), ([20, 20, 20], 5, 1)],
)
def test_pods_that_are_not_measured_count_as_idle_when_pods_are_added(used: Any, pods: int, wanted: int) -> None:
    assert Processors(60).wanted(Seen(pods, used, 0)) == wanted


def test_a_total_within_a_tenth_of_its_target_changes_nothing() -> None:
    assert Total(10).wanted(Seen(10, [], 109)) == 10
    assert Total(10).wanted(Seen(10, [], 111)) == 12


def test_the_policy_that_allows_the_most_counts_and_what_was_done_in_its_period_is_subtracted() -> None:
    pace = Pace(Rules(0, (Policy("Pods", 2, 60), Policy("Percent", 50, 60))), DOWN)
    assert pace.next(0, 10, 50) == 15
    assert pace.next(30, 15, 50) == 15
    assert pace.next(61, 15, 50) == 23


def test_the_numbers_are_those_of_the_manifest() -> None:
    spec: dict[str, Any] = {
        "scaleTargetRef": {"name": "web"},
        "minReplicaCount": 2,
        "maxReplicaCount": 9,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleUp": {"stabilizationWindowSeconds": 30}}}},
        "triggers": [
            {"type": "prometheus", "metadata": {"threshold": "38"}},
            {"type": "cpu", "metadata": {"value": "60"}},
        ],
    }
    found = plan([{"kind": "ScaledObject", "metadata": {"name": "web"}, "spec": spec}], "web")
    assert (found.least, found.most, found.triggers) == (2, 9, (Total(38), Processors(60)))
    assert found.up.window == 30
    assert found.down == DOWN
