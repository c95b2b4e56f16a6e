"""The MCP resources: every document is one, at `document://ID`."""

from typing import Any

from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from api.errors import MyStackError
from api.routes.mcp.calls import page_of_documents
from api.schemas.mcp import PassageId
from api.services.documents.service import DocumentService

SCHEME = "document://"
READ_CHARACTERS = 200_000
"""Longest text of a resource; the tool `fetch` reads on from there."""

Context = ServerRequestContext[Any, Any]


async def list_resources(context: Context, page: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
    """A page of documents, newest first."""
    try:
        documents, next_cursor = await page_of_documents(_request(context), page.cursor if page else None)
    except MyStackError as error:
        raise _protocol_error(error) from error
    resources = [
        types.Resource(uri=f"{SCHEME}{document.id}", name=document.filename, mime_type="text/plain")
        for document in documents
    ]
    return types.ListResourcesResult(resources=resources, next_cursor=next_cursor)


async def list_templates(
    context: Context, page: types.PaginatedRequestParams | None
) -> types.ListResourceTemplatesResult:
    template = types.ResourceTemplate(
        uri_template=f"{SCHEME}{{id}}",
        name="document",
        title="A document",
        description="The text of a document, by its id.",
        mime_type="text/plain",
    )
    return types.ListResourceTemplatesResult(resource_templates=[template])


async def read_resource(context: Context, read: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    """The text of a document; where it is cut, it says so in its last line."""
    service: DocumentService = _request(context).state.documents
    try:
        id = PassageId.parse(str(read.uri).removeprefix(SCHEME))
        part = await service.text(id.document, 0, READ_CHARACTERS)
    except ValueError as error:
        raise MCPError(types.INVALID_PARAMS, f"{read.uri} is not the address of a document.") from error
    except MyStackError as error:
        raise _protocol_error(error) from error
    cut = f"\n[Cut at {part.end:,} of {part.length:,} characters: the tool fetch continues with start={part.end}.]"
    text = part.text + (cut if part.end < part.length else "")
    return types.ReadResourceResult(
        contents=[types.TextResourceContents(uri=str(read.uri), mime_type="text/plain", text=text)]
    )


def _request(context: Context) -> Any:
    return context.request


def _protocol_error(error: MyStackError) -> MCPError:
    """Resources have no results that say what is wrong, as tools have: they get an error of the protocol."""
    code = types.INVALID_PARAMS if error.status < 500 else types.INTERNAL_ERROR
    return MCPError(code, error.detail, {"code": error.code})
