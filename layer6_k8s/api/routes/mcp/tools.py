"""The MCP tools as their clients see them, and how a call is answered."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp import types
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from api.errors import MyStackError
from api.http.problems import unexpected
from api.routes.mcp import calls
from api.schemas import mcp as shapes
from api.schemas.mcp import schema_of

READ_ONLY = types.ToolAnnotations(
    read_only_hint=True,
    destructive_hint=False,
    idempotent_hint=True,
    open_world_hint=False,
)


@dataclass(frozen=True)
class Tool:
    """What a client reads about a tool, the shapes of its arguments and result, and the function that answers."""

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    result: type[BaseModel]
    call: Callable[[Request, Any], Awaitable[BaseModel]]

    def described(self) -> types.Tool:
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=schema_of(self.arguments),
            output_schema=schema_of(self.result),
            annotations=READ_ONLY,
        )


TOOLS = [
    Tool(
        "search",
        "Search the documents",
        "Find the passages of the user's documents that match a question, best first.",
        shapes.SearchArguments,
        shapes.SearchResult,
        calls.search,
    ),
    Tool(
        "fetch",
        "Read a document",
        "Read the text of a document, or the text around a passage that search found.",
        shapes.FetchArguments,
        shapes.FetchResult,
        calls.fetch,
    ),
    Tool(
        "ask",
        "Ask the documents",
        "Answer a question from the user's documents, with citations that the server has checked. "
        "The question must be complete: earlier messages are not known.",
        shapes.AskArguments,
        shapes.AskResult,
        calls.ask,
    ),
    Tool(
        "list_documents",
        "List the documents",
        "List the user's documents, newest first, 50 to a page.",
        shapes.ListArguments,
        shapes.ListResult,
        calls.list_documents,
    ),
]


async def call_tool(request: Request, name: str, arguments: Mapping[str, Any]) -> types.CallToolResult:
    """The result of a tool; an error becomes a result that says what to do, which the model can read.

    Raises `MCPError` if there is no such tool.
    """
    tool = next((tool for tool in TOOLS if tool.name == name), None)
    if tool is None:
        raise MCPError(types.INVALID_PARAMS, f"There is no tool {name!r}; tools/list names them.")
    # Models often send null for an argument that they leave out.
    given = {key: value for key, value in arguments.items() if value is not None}
    try:
        return _result(await tool.call(request, tool.arguments.model_validate(given)))
    except ValidationError as error:
        return _error("invalid_request", _sentence(error))
    except MyStackError as error:
        return _error(error.code, error.detail)
    except Exception as error:  # noqa: BLE001 - the edge of a call, as the middleware is for other requests
        unknown = unexpected(error, request.scope["request_id"])
        return _error(unknown.code, f"{unknown.detail} {request.scope['request_id']}")


def _result(result: BaseModel) -> types.CallToolResult:
    """The same JSON twice: as data, and as the text that clients without structured results read."""
    text = types.TextContent(type="text", text=result.model_dump_json())
    return types.CallToolResult(content=[text], structured_content=result.model_dump(mode="json"))


def _error(code: str, detail: str) -> types.CallToolResult:
    text = types.TextContent(type="text", text=f"{detail} ({code})")
    return types.CallToolResult(content=[text], is_error=True)


def _sentence(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
