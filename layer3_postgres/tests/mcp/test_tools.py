"""The tools and resources of /mcp, called by the official client."""

import json
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.types import CallToolResult

from tests.library import Reader
from tests.mcp.conftest import HARBOUR, ORCHARD

LONG = "\n\n".join(
    f"Chapter {number}. The ship carried {number} crates of tea along the coast." for number in range(900)
)


async def called(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


def sentence(result: CallToolResult) -> str:
    """The text of an error."""
    assert result.is_error
    [content] = result.content
    assert content.type == "text"
    return content.text


async def test_the_tools_have_descriptions_and_short_schemas_and_change_nothing(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"search", "fetch", "ask", "list_documents"}
    for tool in tools.values():
        assert tool.description
        assert tool.annotations
        assert tool.annotations.read_only_hint
        assert not tool.annotations.destructive_hint
        assert len(json.dumps(tool.input_schema)) < 800
        assert "$ref" not in json.dumps([tool.input_schema, tool.output_schema])
    assert tools["fetch"].input_schema["required"] == ["id"]
    assert tools["search"].input_schema["properties"]["top_k"]["maximum"] == 50
    assert tools["search"].input_schema["properties"]["filters"]["description"].endswith('such as {"team": "support"}.')


async def test_search_returns_passages_with_links_to_the_page(client: Client, harbour: str, library: str) -> None:
    found = await called(client, "search", query="When does the harbour office open?", document_ids=[harbour])
    end = len(HARBOUR)
    assert found["results"] == [
        {
            "id": f"{harbour}:0-{end}",
            "title": "harbour.txt",
            "url": f"{library}/#/documents/{harbour}?start=0&end={end}",
            "text": HARBOUR,
        }
    ]


async def test_a_result_is_also_its_text_as_json(client: Client, harbour: str) -> None:
    result = await client.call_tool("search", {"query": "harbour", "document_ids": [harbour]})
    [content] = result.content
    assert content.type == "text"
    assert json.loads(content.text) == result.structured_content


async def test_search_keeps_to_the_filters(client: Client, harbour: str) -> None:
    found = await called(client, "search", query="harbour", filters={"town": "Aldport"})
    assert {hit["id"].partition(":")[0] for hit in found["results"]} == {harbour}
    assert (await called(client, "search", query="harbour", filters={"town": "Nowhere"}))["results"] == []


async def test_null_means_that_an_argument_was_left_out(client: Client, harbour: str) -> None:
    found = await called(client, "search", query="harbour", top_k=None, filters=None, document_ids=[harbour])
    assert found["results"]


async def test_fetch_reads_a_document_by_the_id_of_a_search_result(client: Client, harbour: str) -> None:
    found = await called(client, "search", query="harbour", document_ids=[harbour])
    [hit] = found["results"]
    document = await called(client, "fetch", id=hit["id"])
    assert (document["text"], document["title"], document["url"]) == (HARBOUR, "harbour.txt", hit["url"])
    assert document["metadata"]["town"] == "Aldport"
    assert document["metadata"]["next_start"] is None
    assert (await called(client, "fetch", id=harbour))["text"] == HARBOUR


async def test_a_long_text_is_fetched_in_parts(client: Client, reader: Reader) -> None:
    document = await reader.uploaded(LONG, "voyages.txt")
    text, start = "", 0
    while start is not None:
        part = await called(client, "fetch", id=document["id"], start=start)
        text += part["text"]
        start = part["metadata"]["next_start"]
        assert len(part["text"]) <= 20_000
    assert text == (await reader.get(f"/documents/{document['id']}/text"))["text"]


async def test_fetch_reads_around_a_passage_deep_in_a_long_text(client: Client, reader: Reader) -> None:
    document = await reader.uploaded(LONG, "voyages.txt")
    found = await called(client, "search", query="Chapter 812", document_ids=[document["id"]], top_k=1)
    [hit] = found["results"]
    part = await called(client, "fetch", id=hit["id"])
    assert hit["text"] in part["text"]
    assert part["metadata"]["start"] > 10_000


async def test_ask_answers_with_checked_sources(client: Client, harbour: str, library: str) -> None:
    answer = await called(client, "ask", question="When does the harbour office open?", document_ids=[harbour])
    assert "opens at eight" in answer["answer"]
    assert answer["refusal"] is None
    [source] = answer["sources"]
    assert source["quote"] in HARBOUR
    assert source["url"].startswith(f"{library}/#/documents/{harbour}?start=")
    fetched = await called(client, "fetch", id=source["id"])
    assert source["quote"] in fetched["text"]


async def test_ask_says_why_there_is_no_answer(client: Client, reader: Reader) -> None:
    orchard = await reader.uploaded(ORCHARD, "orchard.txt")
    answer = await called(client, "ask", question="Who invented the telegraph?", document_ids=[orchard["id"]])
    assert (answer["refusal"], answer["grounded"], answer["sources"]) == ("nothing_relevant", False, [])
    assert [passage["title"] for passage in answer["nearest"]][:1] == ["orchard.txt"]


async def test_the_list_of_documents_has_pages(alone: Reader) -> None:
    uploaded = {(await alone.uploaded(f"Note number {number}.", f"{number}.txt"))["id"] for number in range(51)}
    async with Client(f"{alone.url}/mcp") as client:
        first = await called(client, "list_documents")
        second = await called(client, "list_documents", cursor=first["next_cursor"])
    assert [len(page["documents"]) for page in (first, second)] == [50, 1]
    assert {document["id"] for page in (first, second) for document in page["documents"]} == uploaded
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("search", {}, "query: Field required (invalid_request)"),
        ("search", {"query": "x", "top_k": 51}, "top_k: Input should be less than or equal to 50 (invalid_request)"),
        ("search", {"query": "\x00"}, "must not contain NUL characters"),
        ("fetch", {"id": "harbour.txt"}, "must be an id that search or list_documents returned (invalid_request)"),
        ("fetch", {"id": "00000000-0000-4000-8000-000000000000"}, "(document_not_found)"),
        ("list_documents", {"cursor": "x"}, "(invalid_cursor)"),
    ],
)
async def test_errors_are_results_that_say_what_is_wrong(
    client: Client, tool: str, arguments: dict[str, Any], expected: str
) -> None:
    assert expected in sentence(await client.call_tool(tool, arguments))


async def test_an_unknown_tool_is_an_error_of_the_protocol(client: Client) -> None:
    with pytest.raises(MCPError, match="There is no tool"):
        await client.call_tool("delete_everything", {})


async def test_documents_are_resources(client: Client, harbour: str) -> None:
    listed = {str(resource.uri): resource.name for resource in (await client.list_resources()).resources}
    assert listed[f"document://{harbour}"] == "harbour.txt"
    [template] = (await client.list_resource_templates()).resource_templates
    assert template.uri_template == "document://{id}"
    [contents] = (await client.read_resource(f"document://{harbour}")).contents
    assert contents.model_dump()["text"] == HARBOUR


@pytest.mark.parametrize("uri", ["document://00000000-0000-4000-8000-000000000000", "document://x", "file:///etc"])
async def test_an_unknown_resource_is_an_error_of_the_protocol(client: Client, uri: str) -> None:
    with pytest.raises(MCPError, match="document"):
        await client.read_resource(uri)


async def test_a_deleted_document_is_gone(client: Client, reader: Reader, http: httpx2.AsyncClient) -> None:
    document = await reader.uploaded("The lighthouse keeper counts gulls at dusk.", "gulls.txt")
    assert await reader.delete(document["id"]) == 204
    assert "document_not_found" in sentence(await client.call_tool("fetch", {"id": document["id"]}))
