"""FastMCP: its server made of the OpenAPI document, and its client of /mcp, as JSON. Usage: use_fastmcp.py URL."""

import asyncio
import json
import sys
from typing import Any

import fastmcp
import httpx2


async def main(url: str) -> dict[str, Any]:
    question = {"message": "When does the harbour office open?"}
    async with httpx2.AsyncClient(base_url=url, timeout=60) as http:
        document = (await http.get("/openapi.json")).json()
        server = fastmcp.FastMCP.from_openapi(document, client=http)
        async with fastmcp.Client(server) as client:
            tools = [tool.name for tool in await client.list_tools()]
            answer = await client.call_tool("chat", question)
            found = await client.call_tool("search", {"query": "harbour office", "filters": {"town": "Aldport"}})
    async with fastmcp.Client(f"{url}/mcp") as client:
        own = [tool.name for tool in await client.list_tools()]
        asked = await client.call_tool("ask", {"question": question["message"]})
        hits = await client.call_tool("search", {"query": "harbour office"})
        fetched = await client.call_tool("fetch", {"id": hits.structured_content["results"][0]["id"]})
        resources = [str(resource.uri) for resource in await client.list_resources()]
        read = await client.read_resource(resources[0])
        failed = await client.call_tool("fetch", {"id": "x"}, raise_on_error=False)
    return {
        "tools": tools,
        "answer": answer.structured_content["response"],
        "hits": found.structured_content["hits"],
        "own": own,
        "asked": asked.structured_content["answer"],
        "fetched": fetched.structured_content["text"],
        "read": read[0].text,
        "failed": failed.is_error,
    }


print(json.dumps(asyncio.run(main(sys.argv[1]))))  # noqa: T201
