"""The metadata of a document, and searching by it."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from api.config import Settings
from tests.library import Reader

BAD = {
    "not JSON": "{",
    "not an object": "[1]",
    "a nested object": '{"a": {"b": 1}}',
    "a list": '{"a": [1]}',
    "null": '{"a": null}',
    "NaN": '{"a": NaN}',
    "infinity": '{"a": 1e999}',
    "a huge integer": '{"a": 100000000000000000000}',
    "an absurd integer": '{"a": ' + "9" * 5000 + "}",
    "a NUL": json.dumps({"a": "x\x00y"}),
    "a NUL in the name": json.dumps({"x\x00y": 1}),
    "a lone surrogate": '{"a": "\\ud800"}',
    "a long text": json.dumps({"a": "x" * 1001}),
    "too many fields": json.dumps({str(n): n for n in range(51)}),
}


@pytest.mark.parametrize("name", BAD)
async def test_invalid_metadata_is_422_and_names_the_field(alone_once: Reader, name: str) -> None:
    response = await alone_once.upload(f"With {name}.", metadata=BAD[name])
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert response.json()["errors"][0]["location"][:2] == ["body", "metadata"]
    assert (await alone_once.get("/documents"))["documents"] == []


@pytest.fixture
def alone_once(reader: Reader, empty: str) -> Reader:
    return Reader(reader.http, empty)


@pytest.fixture(scope="module")
def empty(settings: Callable[..., Settings], start: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """The address of a layer without documents."""
    from api.main import create_app

    with start(create_app(settings())) as address:
        yield address


VALUES = {
    "text": "1",
    "integer": 1,
    "true": True,
    "float": 1.5,
    "negative": -(2**63),
    "large": 2**63 - 1,
    "accents": "éa",
    "date": "2024-01-02T03:04:05Z",
    "a.dotted $name": "x",
    "": "no name",
}


async def test_every_value_is_returned_unchanged_and_can_be_filtered_by(reader: Reader) -> None:
    document = await reader.uploaded("A document with all sorts of metadata.", metadata=VALUES)
    assert (await reader.get(f"/documents/{document['id']}"))["metadata"] == VALUES
    for name, value in VALUES.items():
        body = {"filters": {name: value}, "document_ids": [document["id"]]}
        assert await reader.hits("all sorts of metadata", **body), name


@pytest.mark.parametrize(
    ("stored", "asked", "found"),
    [
        (True, 1, False),
        (1, True, False),
        (1, "1", False),
        ("1", 1, False),
        (1, 1.0, True),
        (2.0, 2, True),
        ("a", "A", False),
        ("a", ["b", "a"], True),
        ("a", ["b", 1, True], False),
        ("a", [], False),
    ],
)
async def test_filters_compare_types_and_a_list_matches_any_value(
    reader: Reader, stored: object, asked: object, found: bool
) -> None:
    document = await reader.uploaded(f"Strict {stored!r} and {asked!r}.", metadata={"field": stored})
    hits = await reader.hits("strict", filters={"field": asked}, document_ids=[document["id"]])
    assert bool(hits) is found


async def test_all_fields_of_a_filter_must_match(reader: Reader) -> None:
    document = await reader.uploaded("Two fields at once.", metadata={"a": 1, "b": "x"})
    within = {"document_ids": [document["id"]]}
    assert await reader.hits("two fields", filters={"a": 1, "b": "x"}, **within)
    assert not await reader.hits("two fields", filters={"a": 1, "b": "y"}, **within)
    assert not await reader.hits("two fields", filters={"absent": 1}, **within)


async def test_chat_takes_the_same_filters(reader: Reader) -> None:
    text = "The ferry to Brännskär leaves at half past six in the morning."
    document = await reader.uploaded(text, "ferry.txt", metadata={"island": "Brännskär"})
    body = {"message": "When does the ferry to Brännskär leave?", "document_ids": [document["id"]]}
    assert (await reader.post("/chat", filters={"island": "Brännskär"}, **body))["grounded"]
    refused = await reader.post("/chat", filters={"island": "another"}, **body)
    assert (refused["grounded"], refused["refusal"], refused["sources"]) == (False, "nothing_relevant", [])
