"""The MCP server: what it says about itself, and which function answers which message.

`endpoint.py` imports this module with the first message, because the package `mcp` takes a second to import.
"""

from typing import Any

from mcp import types
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Receive, Scope, Send

from api.routes.mcp import resources
from api.routes.mcp.resources import Context
from api.routes.mcp.tools import TOOLS, call_tool

INSTRUCTIONS = (
    "The user's documents. `ask` answers a question with checked citations, `search` finds passages, `fetch` reads on, "
    "`list_documents` says what there is. Give the user the url of what you cite."
)
DESCRIBED = [tool.described() for tool in TOOLS]


async def serve(scope: Scope, receive: Receive, send: Send, size: int) -> None:
    """Answer one message of `size` bytes. Without sessions, server and transport live as long as the request."""
    manager = StreamableHTTPSessionManager(
        mcp_server(scope["state"]["health"].layer.version),
        json_response=True,
        stateless=True,
        max_request_body_size=size + 1,  # the service's own limit has been applied
    )
    async with manager.run():
        await manager.handle_request(scope, receive, send)


def mcp_server(version: str) -> Server[Any]:
    return Server(
        "mystack",
        version=version,
        title="MyStack",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=answer_call,
        on_list_resources=resources.list_resources,
        on_list_resource_templates=resources.list_templates,
        on_read_resource=resources.read_resource,
    )


async def list_tools(context: Context, page: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    return types.ListToolsResult(tools=DESCRIBED)


async def answer_call(context: Context, call: types.CallToolRequestParams) -> types.CallToolResult:
    request: Any = context.request
    return await call_tool(request, call.name, call.arguments or {})
