"""/openapi.json and the page at /docs."""

import re
from typing import Any

import httpx2
import pytest

from api.config import Settings
from api.main import create_app

DOCUMENT: dict[str, Any] = create_app(Settings(_env_file=None)).openapi()
OPERATIONS = [
    pytest.param(operation, id=f"{method} {path}")
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name] if name else schema


def has_example(media: dict[str, Any]) -> bool:
    return "example" in media or "examples" in media or bool(resolved(media.get("schema", {})).get("examples"))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_body_and_every_response_has_an_example(operation: dict[str, Any]) -> None:
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for part in [*bodies, *operation["responses"].values()]:
        for media in part.get("content", {}).values():
            assert has_example(media)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_has_a_summary_and_every_response_a_description(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["tags"]
    for status, response in operation["responses"].items():
        assert response["description"]
        assert "content" in response or status == "204", status


@pytest.mark.parametrize("operation", OPERATIONS)
def test_errors_are_documented_in_their_actual_format(operation: dict[str, Any]) -> None:
    expected = "application/json" if "openai" in operation["tags"] else "application/problem+json"
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            [(media_type, media)] = response["content"].items()
            assert media_type == expected
            example = media["example"]
            code = example["error"]["code"] if "openai" in operation["tags"] else example["code"]
            assert re.fullmatch("[a-z_]+", code)


async def test_the_document_has_the_version_of_the_layer(url: str, http: httpx2.AsyncClient) -> None:
    document = (await http.get(f"{url}/openapi.json")).json()
    assert document["info"]["version"] == (await http.get(f"{url}/health")).json()["version"]


def test_every_reference_resolves() -> None:
    for name in re.findall(r"'#/components/schemas/(\w+)'", str(DOCUMENT)):
        assert name in DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/chat", {"message": "x"}),
        ("post", "/chat", {}),
        ("post", "/chat", {"message": "x", "model": "absent"}),
        ("post", "/chat/stream", {"message": "x"}),
        ("post", "/v1/chat/completions", {"messages": []}),
        ("post", "/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}]}),
        ("post", "/v1/chat/completions", {"model": "absent", "messages": [{"role": "user", "content": "x"}]}),
        ("get", "/models", None),
        ("get", "/v1/models", None),
        ("get", "/health", None),
    ],
)
async def test_actual_responses_are_documented(
    url: str, http: httpx2.AsyncClient, method: str, path: str, body: object
) -> None:
    response = await http.request(method, url + path, json=body)
    documented = DOCUMENT["paths"][path][method]["responses"][str(response.status_code)]["content"]
    assert response.headers["content-type"].partition(";")[0] in documented


async def test_the_docs_page_loads_nothing_from_other_hosts(url: str, http: httpx2.AsyncClient) -> None:
    page = (await http.get(f"{url}/docs")).text
    assert "//" not in page
    assert "style=" not in page
    assert re.findall(r"<script(?![^>]*src=)", page) == []
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert (await http.get(f"{url}/{address}")).status_code == 200, address
