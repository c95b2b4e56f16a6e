"""An operator of a service, who makes tenants and keys for a test."""

import time
from typing import Any

import anyio
import httpx2

ADMIN_KEY = "the-key-of-the-operator"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


class Operator:
    """A client with ADMIN_KEY."""

    def __init__(self, http: httpx2.AsyncClient, url: str) -> None:
        self.http = http
        self.url = url

    async def ask(self, method: str, path: str, key: str | None = ADMIN_KEY, **options: Any) -> httpx2.Response:
        return await self.http.request(method, self.url + path, headers=bearer(key) if key else {}, **options)

    async def status(self, key: str | None, method: str = "GET", path: str = "/documents") -> int:
        return (await self.ask(method, path, key)).status_code

    async def refused(self, key: str | None, seconds: float = 10.0) -> None:
        """Wait until the key is 401."""
        deadline = time.monotonic() + seconds
        while (status := await self.status(key)) != 401:
            assert time.monotonic() < deadline, f"the answer is still {status}"
            await anyio.sleep(0.05)

    async def tenant(self, name: str, **quotas: int) -> str:
        """The id of a new tenant."""
        answer = await self.ask("POST", "/admin/tenants", json={"name": name, "quotas": quotas})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def made(self, tenant_id: str, *scopes: str, **options: Any) -> dict[str, Any]:
        """A new key, as it is shown once."""
        body = {"name": "a test", "scopes": scopes or ["read", "write"], **options}
        answer = await self.ask("POST", f"/admin/tenants/{tenant_id}/keys", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def key(self, tenant_id: str, *scopes: str) -> str:
        return str((await self.made(tenant_id, *scopes))["key"])

    async def change(self, tenant_id: str, **changes: Any) -> httpx2.Response:
        return await self.ask("PATCH", f"/admin/tenants/{tenant_id}", json=changes)

    async def audit(self, tenant_id: str) -> list[dict[str, Any]]:
        """The entries about a tenant, the oldest first."""
        answer = await self.ask("GET", "/admin/audit", params={"tenant_id": tenant_id})
        assert answer.status_code == 200, answer.text
        return list(reversed(answer.json()["entries"]))
