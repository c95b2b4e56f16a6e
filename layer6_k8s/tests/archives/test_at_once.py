"""Several imports at once: each becomes a tenant, and a process runs one at a time."""

import asyncio
import io
from typing import IO, Any

import httpx2
import pytest

from api.services.archives.service import TenantArchives
from tests.archives.moving import exported, imported
from tests.library import Reader
from tests.tenants.operating import Operator, bearer


async def test_copies_of_a_tenant_without_feedback_and_sources_are_accepted(operator: Operator) -> None:
    tenant_id = await operator.tenant("acme")
    headers = bearer(await operator.key(tenant_id, "read", "write"))
    async with httpx2.AsyncClient(timeout=60, trust_env=False, headers=headers) as http:
        reader = Reader(http, operator.url)
        await reader.uploaded("The ferry to Lindholm leaves at seven.", "ferry.txt")
        assert (await reader.post("/chat", message="When does the ferry leave?"))["conversation_id"]
    _, archive = await exported(operator, tenant_id)
    names = ["copy-1", "copy-2", "copy-3"]
    answers = await asyncio.gather(*(imported(operator, archive, name=name) for name in names))
    assert [answer.status_code for answer in answers] == [201] * len(names), answers[0].text
    assert [answer.json()["counts"]["documents"] for answer in answers] == [1] * len(names)
    tenants = (await operator.ask("GET", "/admin/tenants")).json()["tenants"]
    assert set(names) <= {tenant["name"] for tenant in tenants}


class Imports:
    """Counts the imports that run; each ends when it is told to."""

    def __init__(self) -> None:
        self.running = 0
        self.ended = asyncio.Event()

    async def run(self, file: IO[bytes], name: str | None, actor: str) -> Any:
        self.running += 1
        try:
            await self.ended.wait()
            assert self.running == 1
            raise ConnectionError
        finally:
            self.running -= 1


async def test_a_second_import_waits_for_the_first_also_if_that_fails() -> None:
    imports, unused = Imports(), Any
    archives = TenantArchives(unused, unused, unused, imports, unused)  # type: ignore[arg-type]
    adding = [asyncio.create_task(archives.add(io.BytesIO(), name, "operator")) for name in ("first", "second")]
    for _ in range(5):
        await asyncio.sleep(0)
    assert imports.running == 1
    imports.ended.set()
    for one in adding:
        with pytest.raises(ConnectionError):
            await one
