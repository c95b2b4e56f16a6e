"""GET /documents/list."""

import base64
import json

import pytest

from tests.library import Reader


async def test_pages_list_each_document_once_newest_first(alone: Reader) -> None:
    uploaded = [(await alone.uploaded(f"Document number {n}.", f"Report-{n}.txt"))["id"] for n in range(5)]
    seen, cursor = [], None
    while True:
        page = await alone.get("/documents/list", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [document["id"] for document in page["documents"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == uploaded[::-1]
    assert (await alone.get("/documents"))["documents"][0]["id"] == uploaded[-1]


async def test_part_of_the_name_filters_literally_and_in_any_case(alone: Reader) -> None:
    for name in ("Annual (2023).txt", "annual 2024.txt", "other.*.txt"):
        await alone.uploaded(f"This is {name}.", name)

    async def names(part: str) -> list[str]:
        return [document["filename"] for document in (await alone.get("/documents", filename=part))["documents"]]

    assert await names("ANNUAL") == ["annual 2024.txt", "Annual (2023).txt"]
    assert await names("(2023)") == ["Annual (2023).txt"]
    assert await names(".*") == ["other.*.txt"]
    assert await names("nothing like it") == []


def cursor(position: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


BAD_CURSORS = [
    "x",
    "é",
    "!!!!",
    "%00",
    cursor({}),
    cursor([]),
    cursor([1]),
    cursor([1, "no id"]),
    cursor(["2024-01-01", "0b8f6a52-3c1d-4e7f-9a60-5d2c8b1e4f73"]),
    cursor([10**30, "0b8f6a52-3c1d-4e7f-9a60-5d2c8b1e4f73"]),
    cursor([-(10**17), "0b8f6a52-3c1d-4e7f-9a60-5d2c8b1e4f73"]),
    cursor([[[]]]),
]


@pytest.mark.parametrize("bad", BAD_CURSORS)
async def test_an_invalid_cursor_is_400(reader: Reader, bad: str) -> None:
    response = await reader.http.get(f"{reader.url}/documents/list", params={"cursor": bad})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


async def test_empty_parameters_are_those_of_the_first_page(reader: Reader) -> None:
    await reader.uploaded("A note for the list.")
    assert await reader.get("/documents/list", cursor="", filename="") == await reader.get("/documents/list")


@pytest.mark.parametrize(
    "params",
    [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"filename": "a\x00b"}, {"cursor": "x" * 501}],
)
async def test_invalid_parameters_are_422(reader: Reader, params: dict[str, str]) -> None:
    response = await reader.http.get(f"{reader.url}/documents/list", params=params)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


async def test_an_unknown_document_is_404(reader: Reader) -> None:
    absent = "/documents/00000000-0000-4000-8000-000000000000"
    for path in (absent, f"{absent}/chunks", f"{absent}/text"):
        response = await reader.http.get(reader.url + path)
        assert (response.status_code, response.json()["code"]) == (404, "document_not_found")
    assert (await reader.http.get(f"{reader.url}/documents/no-id")).status_code == 404
