"""A service in use stops answering: the webhook hears of it, and that it is over. Requests show on the dashboard.

The times are printed; how long they take depends on the machine.
"""

import os
import signal
import time
from typing import Any

import httpx2
import pytest

from tests.monitoring.conftest import Watched, until


def heard(watched: Watched, status: str, since: float) -> float | None:
    """When the webhook heard that the service is down, or up again."""
    return next(
        (
            at
            for at, alert in watched.alerts
            if at > since and alert["status"] == status and alert["labels"]["alertname"] == "MyStackTargetDown"
        ),
        None,
    )


@pytest.mark.timeout(300)
def test_the_webhook_hears_of_a_fault_and_of_its_end(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    until(lambda: len([found for found in watched.query("up") if found["value"][1] == "1"]) == 2)
    begun = time.monotonic()
    os.kill(watched.server.app.pid, signal.SIGSTOP)
    try:
        fired = until(lambda: heard(watched, "firing", begun))
    finally:
        os.kill(watched.server.app.pid, signal.SIGCONT)
    ended = time.monotonic()
    over = until(lambda: heard(watched, "resolved", ended))
    with capsys.disabled():
        print(f"\nfault to webhook {fired - begun:.1f} s, its end to webhook {over - ended:.1f} s")  # noqa: T201


@pytest.mark.timeout(300)
def test_requests_show_on_the_dashboard(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    with httpx2.Client(base_url=watched.server.url, timeout=30, trust_env=False) as http:

        def rate() -> float:
            lines = panel(http.get("/dashboard/data?name=api").json(), "Requests by route")["lines"]
            found = [line["values"][-1] or 0 for line in lines if line["legend"] == "GET /sources"]
            return float(found[0]) if found else 0.0

        http.get("/sources")  # its series exists from now on
        until(lambda: watched.query('mystack_http_requests_total{route="/sources"}'))
        time.sleep(6)
        assert rate() == 0
        begun = time.monotonic()
        http.get("/sources")
        until(rate)
    with capsys.disabled():
        print(f"\nrequest to dashboard by Prometheus {time.monotonic() - begun:.1f} s")  # noqa: T201


def panel(data: dict[str, Any], title: str) -> dict[str, Any]:
    return next(dict(panel) for panel in data["panels"] if panel["title"] == title)
