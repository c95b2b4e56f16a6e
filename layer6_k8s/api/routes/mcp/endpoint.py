"""POST /mcp: the Model Context Protocol over streamable HTTP, without sessions."""

import asyncio
from contextlib import suppress
from importlib import import_module

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from api.http.origins import Origins
from api.routes.sse import unless_gone

router = APIRouter()


@router.post("/mcp", include_in_schema=False)
async def mcp(request: Request) -> Response:
    """One message of the protocol. The package `mcp` describes it to its clients; OpenAPI has no words for it."""
    origins: Origins = request.state.origins
    origins.check(request)
    return McpExchange(request, await request.body())


class McpExchange(Response):
    """The response to one message: `serve` of `api.routes.mcp.server` writes it."""

    def __init__(self, request: Request, message: bytes) -> None:
        super().__init__()
        self.request = request
        self.message = message

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A second of imports, which a service that no MCP client uses never needs.
        server = await asyncio.to_thread(import_module, "api.routes.mcp.server")
        with suppress(ClientDisconnect):
            await unless_gone(self.request, server.serve(scope, self._replay(receive), send, len(self.message)))

    def _replay(self, receive: Receive) -> Receive:
        """The body that has been read, then what the connection says."""
        messages: list[Message] = [{"type": "http.request", "body": self.message, "more_body": False}]

        async def receive_again() -> Message:
            return messages.pop() if messages else await receive()

        return receive_again
