"""A tenant that is moved from one installation to another, as an operator does it."""

import time
from typing import Any

import anyio
import httpx2

from tests.tenants.operating import Operator


async def exported(operator: Operator, tenant_id: str) -> tuple[str, bytes]:
    """Where the archive is, and what it is."""
    started = await operator.ask("POST", f"/admin/tenants/{tenant_id}/export")
    assert started.status_code == 202, started.text
    await ended(operator, tenant_id, started.json()["id"])
    path = started.headers["Location"]
    answer = await operator.ask("GET", path)
    assert answer.status_code == 200, answer.text
    return path, answer.content


async def ended(operator: Operator, tenant_id: str, job_id: str, state: str = "done") -> dict[str, Any]:
    """Wait for the end of a job."""
    deadline = time.monotonic() + 60
    while True:
        job = (await operator.ask("GET", f"/admin/tenants/{tenant_id}/jobs/{job_id}")).json()
        if job["finished_at"]:
            assert job["state"] == state, job
            return dict(job)
        assert time.monotonic() < deadline, job
        await anyio.sleep(0.05)


async def imported(operator: Operator, archive: bytes, **query: str) -> httpx2.Response:
    return await operator.ask("POST", "/admin/tenants/import", params=query, content=archive, timeout=120)
