"""A small load balancer: polls the readiness of every instance, and sends requests to those that are ready.

It does not retry: a request that an instance drops is recorded in `dropped`.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

CHECK_SECONDS = 0.05
FORWARDED_HEADERS = ("content-type", "retry-after")


class Balancer:
    """`instances` are the known addresses, `ready` those that get requests."""

    def __init__(self) -> None:
        self.instances: list[str] = []
        self.ready: list[str] = []
        self.dropped: list[str] = []
        self._turn = itertools.count()
        self.app = Starlette(routes=[Route("/{path:path}", self.forward, methods=["POST"])], lifespan=self._lifespan)

    async def forward(self, request: Request) -> Response:
        instance = self.ready[next(self._turn) % len(self.ready)]
        message = self._client.build_request(
            "POST",
            instance + request.url.path,
            content=await request.body(),
            headers={"content-type": "application/json"},
        )
        try:
            response = await self._client.send(message, stream=True)
        except httpx2.TransportError as error:
            self.dropped.append(repr(error))
            return Response(repr(error), 502)
        headers = {name: response.headers[name] for name in FORWARDED_HEADERS if name in response.headers}
        return StreamingResponse(self._pieces(response), response.status_code, headers)

    async def _pieces(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        try:
            async for piece in response.aiter_raw():
                yield piece
        except httpx2.TransportError as error:
            self.dropped.append(repr(error))
        finally:
            await response.aclose()

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as self._client:
            checking = asyncio.create_task(self._check())
            yield
            checking.cancel()

    async def _check(self) -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:
            while True:
                self.ready = [url for url in list(self.instances) if await self._is_ready(client, url)]
                await asyncio.sleep(CHECK_SECONDS)

    async def _is_ready(self, client: httpx2.AsyncClient, instance: str) -> bool:
        try:
            return (await client.get(f"{instance}/health/ready")).status_code == 200
        except httpx2.TransportError:
            return False
